// The best plans for a model on a machine that a profile describes: every layout is compiled, checked against
// the memory that a device grants, simulated rank by rank and ranked. Clusters of the catalogue:
// gpu_search.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/memory.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::sim {

// Ranks, summed over the plans that a search compiles and simulates: minutes, not days. Plans that do not
// divide the model do not count.
inline constexpr int64_t kMaxSearchedPrograms = 1 << 18;

struct SearchConstraints {
  int ranks = 1;            // dp * tp * pp
  int global_batch = 0;     // sequences a step; 0: not fixed, every micro-batch count from 1 to 2 * pp
  int max_micro_batch = 8;  // sequences
};

struct RankedPlan {
  v1::ParallelPlan plan;
  bool feasible = false;
  std::string reason;  // why it is not
  double step_s = 0;   // the figures are 0 where the plan could not be compiled or simulated
  double tokens_per_s = 0;
  int64_t peak_bytes = 0;  // of the fullest rank
  int peak_rank = 0;
  plan::PeakMemory peak;  // of that rank
};

// Plans: dp x tp x pp = ranks, both schedules where pp > 1, every micro-batch size whose product with dp and
// a whole number of micro-batches is the global batch; fp32, gradients reduced in the base's buckets and with
// the base's overlap. The best few of these are then varied: sequence parallelism, zero bubble and
// interleaving, and where memory counts (the objective, or a limit) ZeRO 1 to 3 and recomputation, unless the
// base's plan says which. Feasible ones come first, best first by `objective` (ties: by the other figure,
// then the simpler plan); then the others. `top_k`: how many feasible ones to keep; 0: all. `cancelled`:
// asked before each plan; true ends the search. May be empty. INVALID_ARGUMENT: constraints that leave
// nothing to search or too much of it (kMaxSearchedPrograms), or a profile or cluster that no plan could run
// on. CANCELLED.
absl::StatusOr<std::vector<RankedPlan>> SearchPlans(const v1::Scenario& base,
                                                    const SearchConstraints& constraints,
                                                    const v1::DeviceProfile& profile, v1::Objective objective,
                                                    int top_k, const std::function<bool()>& cancelled = {});

}  // namespace ringside::sim
