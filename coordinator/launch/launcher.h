// Starts the worker processes of a job and reports their end. One implementation per way of having nodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/core/types.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::coordinator {

// Files that workers read and write. Never part of a scenario: they come from who runs the coordinator.
// Empty: none.
struct WorkerFiles {
  std::string checkpoint_dir;
  bool resume = false;  // begin with the newest checkpoint in there, if there is one
  std::string init_from;
  std::string corpus;
};

struct LaunchSpec {
  AttemptId id;
  std::vector<int> node_of_rank;  // by rank; its size is the world size
  v1::ClusterSpec cluster;
  std::vector<v1::Fault> faults;  // those of the cluster: slow links
  std::string coordinator;        // gRPC target that the workers connect to
  std::string secret;
  WorkerFiles files;
};

struct Launched {
  std::string launcher;  // "local", "virtual-nodes"
  std::string note;      // what a person must know, e.g. why there are no virtual nodes; may be empty
};

class Launcher {
 public:
  using OnExit = std::function<void(LauncherExit)>;
  virtual ~Launcher() = default;

  // Blocks until the processes are started, a second at most. `on_exit` is called exactly once, from another
  // thread, when no process of the attempt is left, if and only if this returned OK.
  virtual absl::StatusOr<Launched> Start(const LaunchSpec& spec, OnExit on_exit) = 0;

  // Ends all processes of the attempt, in bounded time; on_exit follows. Unknown attempts are ignored.
  virtual void Kill(const AttemptId& id) = 0;

  // Removes what a killed coordinator or a Start that failed has left of a job that is not running.
  virtual void RemoveLeftovers(const std::string& job_id) = 0;
};

}  // namespace ringside::coordinator
