// All that is said of one or more ranks' traces, and the same as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json_fwd.hpp"
#include "trace/analyze/breakdown.h"
#include "trace/analyze/cross_rank.h"
#include "trace/analyze/gpu_timeline.h"
#include "trace/analyze/kernel_table.h"

namespace ringside::trace {

struct RankReport {
  const GpuTimeline* timeline;
  Breakdown breakdown;
  std::vector<StreamIdle> idle;
  std::vector<KernelRow> kernels;
  std::vector<CollectiveRow> collectives;
  int32_t kernel_names = 0;  // of all, of which `kernels` are the top
};

struct TraceReport {
  std::vector<RankReport> ranks;        // by rank
  std::optional<CrossRank> cross_rank;  // its ranks in the same order
  std::vector<std::string> warnings;
};

// Borrows the timelines. `top`: rows of the tables; 0: all.
TraceReport Report(const std::vector<GpuTimeline>& timelines, size_t top);

// Times in us, as numbers with the decimals that they have.
nlohmann::json ToJson(const TraceReport& report);

// "compute + communication" for bits of Breakdown::by_kinds_ns.
std::string KindsName(unsigned mask);

}  // namespace ringside::trace
