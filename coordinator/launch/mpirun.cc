#include "coordinator/launch/mpirun.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "coordinator/launch/command.h"
#include "coordinator/launch/worker_environment.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr char kSharedMemory[] = "/dev/shm";

// Variables that would make mpirun think it is part of another job, or that are set anew.
constexpr std::string_view kDroppedPrefixes[] = {
    "OMPI_COMM_", "OMPI_MCA_ess",  "OMPI_MCA_orte", "PMIX_",
    "PMI_",       "OMPI_UNIVERSE", "RINGSIDE_",     "OMP_NUM_THREADS="};

std::vector<std::pair<const char*, std::string>> FileVariables(const WorkerFiles& files) {
  std::vector<std::pair<const char*, std::string>> variables;
  for (const auto& [name, value] :
       {std::pair(kEnvCheckpointDir, files.checkpoint_dir),
        std::pair(kEnvResume, std::string(files.resume ? "1" : "")), std::pair(kEnvInitFrom, files.init_from),
        std::pair(kEnvCorpus, files.corpus)}) {
    if (!value.empty()) variables.emplace_back(name, value);
  }
  return variables;
}

}  // namespace

std::string JobMark(const std::string& job_id) {
  return fmt::format("{}={}", kEnvJobId, job_id);
}

std::vector<std::string> WorkerEnvironment(const LaunchSpec& spec) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const bool dropped = std::any_of(std::begin(kDroppedPrefixes), std::end(kDroppedPrefixes),
                                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
    if (!dropped) environment.emplace_back(variable);
  }
  environment.push_back(fmt::format("{}={}", kEnvCoordinator, spec.coordinator));
  environment.push_back(JobMark(spec.id.job_id));
  environment.push_back(fmt::format("{}={}", kEnvAttempt, spec.id.attempt));
  environment.push_back(fmt::format("{}={}", kEnvSecret, spec.secret));
  for (const auto& [name, value] : FileVariables(spec.files))
    environment.push_back(fmt::format("{}={}", name, value));
  environment.push_back("OMP_NUM_THREADS=1");
  return environment;
}

namespace {

// Of a job; the second is empty where there is no /dev/shm.
std::pair<std::string, std::string> ScratchPaths(const std::string& job_id) {
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  return {(error ? std::filesystem::path("/tmp") : temporary) / ("ringside-" + job_id),
          ::access(kSharedMemory, W_OK) == 0 ? fmt::format("{}/ringside-{}", kSharedMemory, job_id) : ""};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ScratchDirs>> MakeScratchDirs(const std::string& job_id) {
  const auto [session, shared_memory] = ScratchPaths(job_id);
  auto dirs = std::make_shared<ScratchDirs>();
  RINGSIDE_ASSIGN_OR_RETURN(dirs->session, OwnedDirectory::Make(session));
  if (!shared_memory.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(dirs->shared_memory, OwnedDirectory::Make(shared_memory));
  }
  return dirs;
}

void RemoveScratchDirs(const std::string& job_id) {
  const auto [session, shared_memory] = ScratchPaths(job_id);
  RemoveIfAbandoned(session);
  if (!shared_memory.empty()) RemoveIfAbandoned(shared_memory);
}

void SweepScratchDirs() {
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  if (!error) SweepAbandoned(temporary);
  if (error || temporary != "/tmp") SweepAbandoned("/tmp");
  SweepAbandoned(kSharedMemory);
}

absl::StatusOr<std::vector<std::string>> MpirunPrefix(const LaunchSpec& spec, const ScratchDirs& dirs) {
  const auto mpirun = FindExecutable("mpirun");
  if (!mpirun.ok()) {
    return absl::NotFoundError("mpirun is not installed (nowhere in PATH); install Open MPI (openmpi-bin)");
  }
  std::vector<std::string> argv = {*mpirun, "-np", std::to_string(spec.node_of_rank.size()), "--bind-to",
                                   "none"};
  if (::geteuid() == 0) argv.push_back("--allow-run-as-root");
  const auto mca = [&](std::string name, std::string value) {
    argv.insert(argv.end(), {"--mca", std::move(name), std::move(value)});
  };
  mca("pml", "ob1");
  mca("mpi_yield_when_idle", "1");  // ranks share cores
  mca("orte_tmpdir_base", dirs.session->path());
  if (dirs.shared_memory != nullptr) mca("btl_vader_backing_directory", dirs.shared_memory->path());
  for (const char* name : {kEnvCoordinator, kEnvJobId, kEnvAttempt, kEnvSecret, "OMP_NUM_THREADS"}) {
    argv.insert(argv.end(),
                {"-x", name});  // by name: values stay off the command line, which anyone can read
  }
  for (const auto& [name, value] : FileVariables(spec.files)) argv.insert(argv.end(), {"-x", name});
  return argv;
}

}  // namespace ringside::coordinator
