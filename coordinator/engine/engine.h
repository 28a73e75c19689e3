// The coordinator without its wire: one thread owns the scheduler, feeds it inputs and carries its actions
// out on the store, the launcher, the workers' streams and the watchers. Slow work has threads of its own:
// compiling submissions, launching, and writing traces.
//
// Every method may be called from any thread and returns at once; answers come on the engine's threads.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/core/scheduler.h"
#include "coordinator/engine/task_thread.h"
#include "coordinator/engine/work.h"
#include "coordinator/launch/launcher.h"
#include "coordinator/store/job_store.h"
#include "coordinator/store/trace_files.h"

namespace ringside::coordinator {

// Receives a job's events. Must not block: it buffers a bounded number and drops progress, never states.
class JobWatcher {
 public:
  virtual ~JobWatcher() = default;
  virtual void Push(const v1::JobEvent& event) = 0;
  virtual void Close(const absl::Status& status) = 0;  // last call
};

// One rank's connection. Must not block.
class WorkerStream {
 public:
  virtual ~WorkerStream() = default;
  virtual void Send(v1::CoordinatorMessage message) = 0;
  virtual void Close(const absl::Status& status) = 0;  // after what was sent; later Sends are dropped
};

struct EngineOptions {
  Limits limits;
  int max_ranks = 64;
  std::string worker_target;  // where workers connect to
  // For every job. Without a checkpoint_dir, jobs that write checkpoints get one each below `data_dir`, which
  // goes when they end.
  WorkerFiles files;
  std::string data_dir;
  std::function<void(const std::string&)> log;  // one line for the operator; any thread
};

class Engine {
 public:
  template <class T>
  using Answer = std::function<void(absl::StatusOr<T>)>;

  // `store` and `traces` outlive the engine.
  Engine(EngineOptions options, JobStore* store, const TraceFiles* traces,
         std::unique_ptr<Launcher> launcher);
  // Ends every process of every job, in bounded time. Nothing may call the engine any more.
  ~Engine();

  // Takes up the store's unended jobs. Once, before anything else; blocks.
  absl::Status Recover();

  // The errors of the rpcs of the same names (coordinator.proto, worker.proto).
  void Submit(v1::SubmitRequest request, Answer<v1::Job> answer);
  void Cancel(const std::string& job_id, Answer<v1::Job> answer);  // answers when the job has ended
  void List(const v1::ListRequest& request, Answer<v1::ListResponse> answer);
  void Watch(const std::string& job_id, std::shared_ptr<JobWatcher> watcher);  // errors through Close
  void Unwatch(const std::string& job_id, const JobWatcher* watcher);
  void FindTrace(const std::string& job_id, Answer<std::string> answer);  // path of a verified file

  void Hello(const v1::WorkerHello& hello, std::shared_ptr<WorkerStream> stream,
             std::function<void(absl::Status)> answer);
  // `handled` is called once the message was taken in: read the next one then.
  void Heard(const AttemptId& id, int rank, v1::WorkerMessage message, std::function<void()> handled);
  void StreamBroke(const AttemptId& id, int rank);

  // From here on nothing starts and every call answers UNAVAILABLE; watchers and workers are let go. Running
  // jobs stay as they are in the store: the next coordinator takes them up. Blocks until that is done.
  void BeginShutdown();

 private:
  struct Running {  // an attempt that was launched
    int attempt = 0;
    std::string secret;
    std::shared_ptr<const Work> work;
    std::string launcher_note;
    std::map<int, std::shared_ptr<WorkerStream>> streams;  // by rank
  };

  void Carry(const std::function<void(Actions*)>& input);
  void Perform(const Persist& action);
  void Perform(const Publish& action);
  void Perform(const Launch& action);
  void Perform(const SendProgram& action);
  void Perform(const StoreTrace& action);
  void Perform(const FinishWorkers& action);
  void Perform(const StopWorkers& action);
  void Perform(const KillLauncher& action);

  void LaunchInBackground(const AttemptId& id, const std::string& secret);
  // What the workers of an attempt read and write; makes the directory.
  absl::StatusOr<WorkerFiles> PrepareFiles(const AttemptId& id, const Work& work) const;
  std::string OwnCheckpointDir(const std::string& job_id) const;
  void Enqueue(const v1::SubmitRequest& request, const std::string& name, const JobSpec& spec,
               const Answer<v1::Job>& answer);
  absl::StatusOr<JobRecord> Get(const std::string& job_id);
  Running* FindRunning(const AttemptId& id);
  void CloseStreams(const AttemptId& id, bool finish, const absl::Status& status);
  std::string NameOp(const std::string& job_id, int rank, int op) const;
  bool OnPeriod();  // on the main thread

  const EngineOptions options_;
  JobStore* const store_;
  const TraceFiles* const traces_;
  std::unique_ptr<Launcher> launcher_;
  // The main thread's own:
  Scheduler scheduler_;
  std::map<std::string, Running> running_;  // by job id
  std::map<std::string, std::vector<std::shared_ptr<JobWatcher>>> watchers_;
  std::map<std::string, std::vector<Answer<v1::Job>>> cancels_;
  std::map<std::string, JobRecord> unsaved_;  // the store could not be written; tried again
  int period_count_ = 0;
  std::atomic<bool> shutting_down_ = false;  // written by the main thread only
  // Last, so that they end first.
  TaskThread compile_, launch_, io_;
  TaskThread main_;
};

}  // namespace ringside::coordinator
