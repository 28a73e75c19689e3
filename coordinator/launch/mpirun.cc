#include "coordinator/launch/mpirun.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/status_macros.h"
#include "coordinator/launch/command.h"
#include "coordinator/launch/worker_environment.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

// Variables that would make mpirun think it is part of another job, or that are set anew.
constexpr std::string_view kDroppedPrefixes[] = {
    "OMPI_COMM_", "OMPI_MCA_ess",  "OMPI_MCA_orte", "PMIX_",
    "PMI_",       "OMPI_UNIVERSE", "RINGSIDE_",     "OMP_NUM_THREADS="};

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
  environment.push_back("OMP_NUM_THREADS=1");
  return environment;
}

ScratchDirs ScratchDirsOf(const std::string& job_id) {
  std::error_code error;
  ScratchDirs dirs;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  dirs.session = (error ? std::filesystem::path("/tmp") : temporary) / ("ringside-" + job_id);
  if (::access("/dev/shm", W_OK) == 0) dirs.shared_memory = "/dev/shm/ringside-" + job_id;
  return dirs;
}

absl::StatusOr<ScratchDirs> MakeScratchDirs(const std::string& job_id) {
  const ScratchDirs dirs = ScratchDirsOf(job_id);
  for (const std::string& dir : {dirs.session, dirs.shared_memory}) {
    std::error_code error;
    if (!dir.empty()) std::filesystem::create_directories(dir, error);
    if (error)
      return absl::UnavailableError(fmt::format("cannot make {} for Open MPI: {}", dir, error.message()));
    if (!dir.empty()) std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
  }
  return dirs;
}

void RemoveScratchDirs(const std::string& job_id) {
  const ScratchDirs dirs = ScratchDirsOf(job_id);
  for (const std::string& dir : {dirs.session, dirs.shared_memory}) {
    std::error_code ignored;
    if (!dir.empty()) std::filesystem::remove_all(dir, ignored);
  }
}

absl::StatusOr<std::vector<std::string>> MpirunPrefix(const LaunchSpec& spec) {
  const auto mpirun = FindExecutable("mpirun");
  if (!mpirun.ok()) {
    return absl::NotFoundError("mpirun is not installed (nowhere in PATH); install Open MPI (openmpi-bin)");
  }
  RINGSIDE_ASSIGN_OR_RETURN(const ScratchDirs dirs, MakeScratchDirs(spec.id.job_id));
  std::vector<std::string> argv = {*mpirun, "-np", std::to_string(spec.node_of_rank.size()), "--bind-to",
                                   "none"};
  if (::geteuid() == 0) argv.push_back("--allow-run-as-root");
  const auto mca = [&](std::string name, std::string value) {
    argv.insert(argv.end(), {"--mca", std::move(name), std::move(value)});
  };
  mca("pml", "ob1");
  mca("mpi_yield_when_idle", "1");  // ranks share cores
  mca("orte_tmpdir_base", dirs.session);
  if (!dirs.shared_memory.empty()) mca("btl_vader_backing_directory", dirs.shared_memory);
  for (const char* name : {kEnvCoordinator, kEnvJobId, kEnvAttempt, kEnvSecret, "OMP_NUM_THREADS"}) {
    argv.insert(argv.end(),
                {"-x", name});  // by name: values stay off the command line, which anyone can read
  }
  return argv;
}

}  // namespace ringside::coordinator
