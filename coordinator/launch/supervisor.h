// Starts long-lived commands (mpirun), keeps the tail of what they print, and reports each one's end once no
// process of it is left.
//
// All processes are forked from one thread that lives as long as the supervisor: PR_SET_PDEATHSIG goes by the
// thread that forked, so mpirun is sent SIGTERM by the kernel even when the coordinator is SIGKILLed.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace ringside::coordinator {

struct ProcessCommand {
  std::vector<std::string> argv;         // argv[0] is a path
  std::vector<std::string> environment;  // "NAME=VALUE"; must hold `mark`
  std::string mark;  // its name here, unique, and by which its processes are found again (process_tree.h)
};

struct ProcessExit {
  absl::Status status;  // not OK: some process is still there
  int exit_code = 0;
  int signal = 0;          // that ended it; 0: none
  std::string tail;        // of stdout and stderr, at most 16 KiB
  int num_stragglers = 0;  // processes that outlived it and had to be killed
};

class Supervisor {
 public:
  struct Options {
    int term_grace_ms = 5000;  // from SIGTERM to SIGKILL; mpirun needs about one second to end its ranks
  };
  using OnExit = std::function<void(ProcessExit)>;

  explicit Supervisor(Options options);
  Supervisor() : Supervisor(Options{}) {}
  // Kills what still runs and waits for it; every OnExit has been called when it returns.
  ~Supervisor();

  // `on_exit` is called exactly once, on the supervisor's thread, if and only if this returned OK. Waits for
  // that thread: not from an OnExit, nor with a lock that one takes. The errors are those of fork and exec,
  // with argv[0].
  absl::Status Start(ProcessCommand command, OnExit on_exit);

  // SIGTERM to the command, SIGKILL to its whole tree after the grace. Any thread; no effect once it has
  // ended.
  void Kill(const std::string& mark);

 private:
  struct Process;
  struct Request;
  void Loop();
  void HandleRequests();
  absl::Status Spawn(ProcessCommand command, OnExit on_exit);
  void ReadOutput(Process& process);
  void EscalateKills();
  bool ReapIfEnded(Process& process);  // true: it has ended and was reported
  int NextTimeoutMs() const;
  void Wake();

  const Options options_;
  int wake_fd_ = -1;
  std::mutex mutex_;  // of requests_ and stopping_
  std::vector<std::unique_ptr<Request>> requests_;
  bool stopping_ = false;
  // The thread's own:
  std::map<std::string, std::unique_ptr<Process>> processes_;  // by mark
  std::thread thread_;
};

}  // namespace ringside::coordinator
