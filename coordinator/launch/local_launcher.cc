#include "coordinator/launch/local_launcher.h"

#include <filesystem>

#include "base/status_macros.h"
#include "coordinator/launch/command.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/process_tree.h"
#include "fmt/format.h"

namespace ringside::coordinator {

LocalLauncher::LocalLauncher(std::string worker_binary, Supervisor::Options options)
    : worker_binary_(std::move(worker_binary)), supervisor_(options) {}

absl::StatusOr<Launched> LocalLauncher::Start(const LaunchSpec& spec, OnExit on_exit) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string worker, WorkerPath());
  RINGSIDE_ASSIGN_OR_RETURN(auto scratch, MakeScratchDirs(spec.id.job_id));
  RINGSIDE_ASSIGN_OR_RETURN(std::vector<std::string> argv, MpirunPrefix(spec, *scratch));
  argv.insert(argv.end(), {"--oversubscribe", "--mca", "btl", "self,vader", worker});
  RINGSIDE_RETURN_IF_ERROR(StartCommand(
      spec, std::move(argv), std::move(scratch), [](LauncherExit&) {}, std::move(on_exit)));
  return Launched{"local", ""};
}

absl::StatusOr<std::string> LocalLauncher::WorkerPath() const {
  const auto worker = FindExecutable(worker_binary_);
  if (worker.ok()) return std::filesystem::absolute(*worker).string();
  return absl::NotFoundError(
      fmt::format("the worker program {}; build ringside-worker or name it with --worker",
                  std::string(worker.status().message())));
}

absl::Status LocalLauncher::StartCommand(const LaunchSpec& spec, std::vector<std::string> argv,
                                         std::shared_ptr<const ScratchDirs> scratch,
                                         std::function<void(LauncherExit&)> after_exit, OnExit on_exit) {
  auto report = [scratch = std::move(scratch), after_exit = std::move(after_exit),
                 on_exit = std::move(on_exit)](ProcessExit exit) mutable {
    LauncherExit result{.status = exit.status,
                        .exit_code = exit.exit_code,
                        .signal = exit.signal,
                        .stderr_tail = std::move(exit.tail),
                        .note = ""};
    if (exit.num_stragglers > 0)
      result.note = fmt::format("{} processes outlived mpirun and were killed", exit.num_stragglers);
    scratch.reset();
    after_exit(result);
    on_exit(std::move(result));
  };
  return supervisor_.Start({std::move(argv), WorkerEnvironment(spec), JobMark(spec.id.job_id)},
                           std::move(report));
}

void LocalLauncher::Kill(const AttemptId& id) {
  supervisor_.Kill(JobMark(id.job_id));
}

void LocalLauncher::RemoveLeftovers(const std::string& job_id) {
  (void)KillMarked(JobMark(job_id)).status();  // what does not die now is met again when the job runs
  RemoveScratchDirs(job_id);
}

}  // namespace ringside::coordinator
