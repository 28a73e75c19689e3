#include "evaluator/local_limits.h"

#include <unistd.h>

#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr const char* kLocalDevice = "local-cpu";

// What the ranks may take together: their memory limit, or without one a whole copy of weights, gradients and
// two moments each and as much again for activations.
double BytesOfAllRanks(const plan::Resolved& resolved) {
  const v1::ClusterSpec& cluster = resolved.scenario.cluster();
  const double state_bytes = 4.0 * static_cast<double>(plan::SizeOf(resolved.real)) *
                             static_cast<double>(plan::NumParameters(resolved));
  const double rank_bytes = cluster.has_memory_mib() ? cluster.memory_mib() * 1024 * 1024 : 2 * state_bytes;
  return rank_bytes * resolved.world_size();
}

}  // namespace

LocalLimits LocalLimits::OfThisMachine() {
  LocalLimits limits;
  limits.max_total_bytes = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGE_SIZE) / 2;
  return limits;
}

Placement WhereToRun(const plan::Resolved& resolved, const LocalLimits& limits) {
  const std::string& device = resolved.scenario.cluster().device();
  if (device != kLocalDevice) return {false, fmt::format("its device, {}, is not this machine's", device)};
  const int ranks = resolved.world_size();
  if (ranks > limits.max_ranks) {
    return {false, fmt::format("its {} ranks are over this machine's limit of {}", ranks, limits.max_ranks)};
  }
  const double bytes = BytesOfAllRanks(resolved);
  if (bytes > static_cast<double>(limits.max_total_bytes)) {
    return {false, fmt::format("its ranks may take {:.1f} GiB together, over this machine's limit of {:.1f}",
                               bytes / kGiB, static_cast<double>(limits.max_total_bytes) / kGiB)};
  }
  const double flops =
      static_cast<double>(plan::ModelFlopsPerStep(resolved)) * resolved.scenario.run().steps();
  if (flops > limits.max_model_flops) {
    return {false, fmt::format("its {} steps take {:.2g} FLOPs, over this machine's limit of {:.2g}",
                               resolved.scenario.run().steps(), flops, limits.max_model_flops)};
  }
  return {true, fmt::format("its {} ranks fit this machine", ranks)};
}

}  // namespace ringside::evaluator
