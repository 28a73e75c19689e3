// The plans that a search goes through: every valid one on the ranks, but for what is fixed.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "sim/search/plan_point.h"

namespace ringside::sim {

struct SearchSpace {
  int ranks = 1;
  bool at_most = false;     // else exactly; fewer ranks: those that divide `ranks`
  int global_batch = 1;     // sequences a step
  int max_micro_batch = 8;  // sequences
  // What is given is not searched.
  std::optional<int> dp, tp, pp, cp, ep, zero, zero_group, micro_batch, interleave;
  std::optional<v1::PipelineSchedule> schedule;
  std::optional<v1::Recompute> recompute;
  std::optional<bool> sequence_parallel;
  std::optional<v1::Placement> placement;
  std::vector<v1::Precision> precisions = {v1::PRECISION_BF16};
};

// Calls `visit` with every valid point, once each, those that share the most one after the other; false ends
// it.
void ForEachPoint(const SearchSpace& space, const plan::Resolved& model,
                  absl::FunctionRef<bool(const PlanPoint&)> visit);

}  // namespace ringside::sim
