// The coordinator as a gRPC server in this process: Coordinator, WorkerGate, health checking and reflection.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/core/types.h"
#include "coordinator/launch/launcher.h"

namespace ringside::coordinator {

struct CoordinatorOptions {
  std::string listen = "127.0.0.1:0";  // host:port; port 0: any free one. Beyond loopback there is no
                                       // authentication: choose that only inside a trusted network
  std::string data_dir;                // made if it is not there; jobs and traces outlive the process in it
  std::string worker_binary;           // empty: ringside-worker beside this program, or in PATH
  int max_ranks = 64;                  // of one job
  WorkerFiles files;                   // of every job: for a coordinator that serves its own process alone
  Limits limits;                       // running and queued jobs, time limits
  int term_grace_ms = 5000;            // from SIGTERM to SIGKILL when a job is ended
  // One line for the operator, from any thread; empty: to stderr.
  std::function<void(const std::string&)> log;
};

class CoordinatorServer {
 public:
  // Takes up the jobs that the data directory holds, then serves. UNAVAILABLE: "cannot listen on
  // 127.0.0.1:7070: address already in use; choose another port with --listen". Errors of the data directory
  // and the store as in store/.
  static absl::StatusOr<std::unique_ptr<CoordinatorServer>> Start(CoordinatorOptions options);
  ~CoordinatorServer();

  const std::string& address() const;  // "127.0.0.1:41234", what clients connect to

  // Ends every process of every job, refuses what comes, and returns within about 15 s. Queued and running
  // jobs stay in the store as they are; a coordinator that starts on the same data directory takes them up,
  // as after a crash. Called by the destructor; not from a callback.
  void Shutdown();

 private:
  struct Parts;
  explicit CoordinatorServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// "ringside-worker" in the directory of the running program, else as PATH finds it.
std::string DefaultWorkerBinary();

}  // namespace ringside::coordinator
