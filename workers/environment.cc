#include "workers/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <fstream>
#include <thread>

namespace ringside::workers {
namespace {

std::string CpuModel() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = "";
  if (gethostname(name, sizeof(name) - 1) != 0) return "unknown";
  return name;
}

v1::Environment DescribeEnvironment(const std::string& kernels, const std::string& transport) {
  v1::Environment out;
  out.set_cpu_model(CpuModel());
  out.set_cores(static_cast<int32_t>(std::thread::hardware_concurrency()));
  out.set_kernels(kernels);
  out.set_transport(transport);
  out.set_ringside_version(RINGSIDE_VERSION);
  return out;
}

void AddNotes(const plan::Program& program, const v1::RankTrace& trace, v1::Environment* environment) {
  const auto ops = static_cast<int>(program.ops.size());
  const int kept = trace.spans_size() / ops;
  if (kept < trace.steps_size()) {
    environment->add_notes(
        fmt::format("op spans were kept of the first {} of {} steps", kept, trace.steps_size()));
  }
  if (trace.dropped_hops() > 0) {
    environment->add_notes(
        fmt::format("{} rounds of communication were kept of each rank, the {} after them were not",
                    trace.hops_size(), trace.dropped_hops()));
  }
  environment->add_notes(
      "memory events were kept of the first step and of the first after the warm-up; high-water marks are of "
      "the whole run");
}

}  // namespace ringside::workers
