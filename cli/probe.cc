#include "cli/probe.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "cli/profile_location.h"
#include "cli/shell.h"
#include "coordinator/launch/virtual_network.h"
#include "fmt/format.h"
#include "workers/kernels/kernels.h"

namespace ringside::cli {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kScarceDiskGiB = 1;

// The text after "KEY : " of the first such line of a /proc file.
std::string ProcField(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::string InstructionSets() {
  std::istringstream flags(ProcField("/proc/cpuinfo", "flags"));
  std::string sets;
  for (std::string flag; flags >> flag;) {
    if (flag != "avx2" && flag != "fma" && flag != "avx512f" && flag != "avx512_bf16" && flag != "amx_tile")
      continue;
    sets += (sets.empty() ? "" : " ") + flag;
  }
  return sets.empty() ? "no vector extensions that the kernels know" : sets;
}

Finding Works(std::string part, std::string found, bool required = false) {
  return {std::move(part), true, required, std::move(found), ""};
}
Finding Missing(std::string part, std::string found, std::string cost, bool required = false) {
  return {std::move(part), false, required, std::move(found), std::move(cost)};
}

std::string FirstExisting(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (std::filesystem::exists(path)) return path;
  }
  return "";
}

}  // namespace

std::string CpuModel() {
  const std::string model = ProcField("/proc/cpuinfo", "model name");
  return model.empty() ? "unknown CPU" : model;
}

std::string MachineInWords() {
  return fmt::format("{} family {} model {} stepping {}, {} cores", CpuModel(),
                     ProcField("/proc/cpuinfo", "cpu family"), ProcField("/proc/cpuinfo", "model\t"),
                     ProcField("/proc/cpuinfo", "stepping"), std::thread::hardware_concurrency());
}

Finding ProbeCpu() {
  const unsigned cores = std::thread::hardware_concurrency();
  const std::string found = fmt::format("{}, {} cores, {}", CpuModel(), cores, InstructionSets());
  if (cores >= 4) return Works("cpu", found);
  return {"cpu", true, false, found,
          fmt::format("four ranks share {} cores: they take turns, and the simulator knows", cores)};
}

Finding ProbeMemory() {
  const auto gib = [](const char* key) {
    return std::atof(ProcField("/proc/meminfo", key).c_str()) * 1024 / kGiB;
  };
  const std::string found = fmt::format("{:.1f} GiB, {:.1f} available", gib("MemTotal"), gib("MemAvailable"));
  if (gib("MemAvailable") >= 2) return Works("memory", found, true);
  return Missing("memory", found, "larger models will be ended by the kernel", true);
}

Finding ProbeKernels() {
  const auto kernels = kernels::MakeFastKernels();
  if (kernels.ok()) return Works("kernels", (*kernels)->Describe(), true);
  return Missing("kernels", std::string(kernels.status().message()),
                 "runs need `run: {kernels: reference}`, which is many times slower", true);
}

Finding ProbeWorker() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto worker = self.parent_path() / "ringside-worker";
  if (!error && access(worker.c_str(), X_OK) == 0) return Works("worker", worker.string(), true);
  return Missing("worker", fmt::format("no ringside-worker beside {}", self.string()),
                 "nothing can be run for real", true);
}

Finding ProbeMpi() {
  const CommandResult version = RunShell("mpirun --version");
  if (version.exit_code == 0) return Works("mpi", FirstLine(version.output), true);
  return Missing("mpi", "no mpirun that works (package openmpi-bin)",
                 "nothing can be run for real; simulate works", true);
}

Finding ProbeVirtualNodes() {
  const absl::Status probed = coordinator::ProbeVirtualNodes();
  if (probed.ok()) return Works("virtual nodes", "network namespaces with limited links");
  return Missing("virtual nodes", std::string(probed.message()),
                 "scenarios with links or slow_link run as plain processes, their links as fast as this "
                 "machine's memory");
}

Finding ProbeSlurm() {
  const CommandResult version = RunShell("sinfo --version");
  const char* const cost = "jobs run on this machine only; there is no Slurm launcher in this version";
  if (version.exit_code != 0) return Missing("slurm", "no sinfo", cost);
  const CommandResult nodes = RunShell("sinfo --noheader --format=%D");
  return Missing(
      "slurm",
      fmt::format("{}, {}", FirstLine(version.output),
                  nodes.exit_code == 0 ? FirstLine(nodes.output) + " nodes" : "but no controller answers"),
      cost);
}

Finding ProbeGpu() {
  const char* const cost = "workers compute on the CPU; plans for GPUs are simulated";
  const CommandResult list = RunShell("nvidia-smi --query-gpu=name,memory.total --format=csv,noheader");
  if (list.exit_code != 0 || list.output.empty()) return Missing("gpu", "no NVIDIA GPU that answers", cost);
  return {"gpu", true, false, FirstLine(list.output),
          "used with RINGSIDE_DEVICE=cuda only; the backend has not been run on a GPU yet (docs/gpu.md)"};
}

Finding ProbeCudaToolkit() {
  const std::string nvcc = FirstExisting({"/usr/local/cuda/bin/nvcc", "/usr/bin/nvcc", "/opt/cuda/bin/nvcc"});
  if (nvcc.empty()) return Missing("cuda toolkit", "no nvcc", "builds have no CUDA backend");
  const CommandResult version = RunShell(nvcc + " --version | sed -n s/.*release.//p");
  return {"cuda toolkit", true, false, fmt::format("{} {}", nvcc, FirstLine(version.output)), ""};
}

Finding ProbeNccl() {
  const std::string header = FirstExisting({"/usr/include/nccl.h", "/usr/local/cuda/include/nccl.h"});
  if (!header.empty()) return Works("nccl", header);
  return Missing("nccl", "no nccl.h", "a build's CUDA backend has one rank only");
}

Finding ProbeProfile() {
  const absl::StatusOr<ChosenProfile> chosen = ChooseProfile("");
  if (!chosen.ok()) {
    return Missing("profile", std::string(chosen.status().message()), "run `ringside calibrate` again");
  }
  if (chosen->calibrated) {
    return Works("profile", fmt::format("{}, measured on {}", chosen->source, chosen->profile.measured_on()));
  }
  return Missing(
      "profile", fmt::format("no {}", DefaultProfilePath()),
      "predictions use built-in figures, easily wrong by a factor of two: run `ringside calibrate`");
}

Finding ProbeDisk() {
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  struct statvfs fs {};
  if (error || statvfs(temporary.c_str(), &fs) != 0) {
    return Missing("disk", "no temporary directory", "the embedded coordinator keeps its store there", true);
  }
  const double free_gib = static_cast<double>(fs.f_bavail) * static_cast<double>(fs.f_frsize) / kGiB;
  const std::string found = fmt::format("{:.1f} GiB free in {}", free_gib, temporary.string());
  if (free_gib >= kScarceDiskGiB) return Works("disk", found, true);
  return Missing("disk", found, "a long run's trace may not fit", true);
}

std::vector<Finding> ProbeAll() {
  return {ProbeCpu(),   ProbeMemory(), ProbeKernels(),     ProbeWorker(), ProbeMpi(),     ProbeVirtualNodes(),
          ProbeSlurm(), ProbeGpu(),    ProbeCudaToolkit(), ProbeNccl(),   ProbeProfile(), ProbeDisk()};
}

}  // namespace ringside::cli
