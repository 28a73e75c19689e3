// Worker processes on this machine, started by mpirun, talking through shared memory. Where the cluster asks
// for several nodes they are plain processes all the same, and the note says so.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "coordinator/launch/launcher.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/supervisor.h"

namespace ringside::coordinator {

class LocalLauncher : public Launcher {
 public:
  LocalLauncher(std::string worker_binary, Supervisor::Options options);

  absl::StatusOr<Launched> Start(const LaunchSpec& spec, OnExit on_exit) override;
  void Kill(const AttemptId& id) override;
  void RemoveLeftovers(const std::string& job_id) override;

  // Starts `argv` for the spec's job; what both launchers do. `after_exit` runs before on_exit and may add to
  // the exit's note; `scratch` is gone by then.
  absl::Status StartCommand(const LaunchSpec& spec, std::vector<std::string> argv,
                            std::shared_ptr<const ScratchDirs> scratch,
                            std::function<void(LauncherExit&)> after_exit, OnExit on_exit);
  // NOT_FOUND: it is not there.
  absl::StatusOr<std::string> WorkerPath() const;

 private:
  const std::string worker_binary_;
  Supervisor supervisor_;
};

}  // namespace ringside::coordinator
