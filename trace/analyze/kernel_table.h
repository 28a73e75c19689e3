// Where the time went, by name: GPU work, and collectives by operation and size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trace/analyze/gpu_timeline.h"

namespace ringside::trace {

struct Durations {
  int64_t count = 0;
  int64_t total_ns = 0;
  int64_t min_ns = 0;
  int64_t max_ns = 0;
  void Add(int64_t ns);
  double mean_ns() const {
    return count == 0 ? 0 : static_cast<double>(total_ns) / static_cast<double>(count);
  }
};

struct KernelRow {
  std::string name;
  KernelClass kernel_class;
  Durations durations;
};

// Longest total first, the `top` first of them; 0: all.
std::vector<KernelRow> KernelTable(const GpuTimeline& timeline, size_t top);

// Collectives of one operation, group, type and size. Durations are those of the kernels: they include the
// wait for the other ranks, so that a bandwidth from a mean is less than what the links gave; that of the
// shortest comes nearest.
struct CollectiveRow {
  Collective what;
  std::string kernel;  // where the trace has no metadata: its kernel's name
  Durations durations;
  std::optional<double>
      mean_bus_gb_per_s;  // 10^9 bytes, as nccl-tests' busbw; empty: size or ranks not recorded
  std::optional<double> best_bus_gb_per_s;
  std::optional<double> best_algorithm_gb_per_s;
};

std::vector<CollectiveRow> CollectiveTable(const GpuTimeline& timeline, size_t top);

}  // namespace ringside::trace
