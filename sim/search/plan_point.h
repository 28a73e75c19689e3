// A plan as a point of the search's space: plain numbers, and what they mean as a scenario.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "plan/compile.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::sim {

struct PlanPoint {
  int dp = 1, tp = 1, pp = 1, cp = 1, ep = 1;
  int zero = 0, zero_group = 1;
  int micro_batch = 1, micro_batches = 1, chunks = 1;
  v1::PipelineSchedule schedule = v1::SCHEDULE_1F1B;
  v1::Recompute recompute = v1::RECOMPUTE_NONE;
  bool sequence_parallel = false;
  v1::Precision precision = v1::PRECISION_BF16;
  v1::Placement placement = v1::PLACEMENT_TP_INSIDE;

  int ranks() const { return dp * tp * pp * cp; }
  bool operator==(const PlanPoint&) const = default;
};

// `base` under the plan: what a point does not say (buckets, overlap) is the base's. Nodes of
// `devices_per_node`, or one of all ranks where they are fewer.
v1::Scenario ScenarioOf(const v1::Scenario& base, const PlanPoint& point, int devices_per_node);

// The point of a resolved plan.
PlanPoint PointOf(const plan::Resolved& resolved);

// Whether plan::Resolve takes it, without asking: the divisions, and what no program could hold. `model`: of
// any plan of the base. Points are canonical: what has no effect has its default (zero_group 1 without ZeRO,
// 1f1b in a pipeline of one).
bool IsValid(const plan::Resolved& model, const PlanPoint& point);

// Simpler plans first, where they are equally good: fewer axes, then smaller ones. A total order.
bool Simpler(const PlanPoint& a, const PlanPoint& b);

// "dp8 tp4 pp2 mb1x16 zero1 1f1b recompute selective sp"; what is off is left out.
std::string ToString(const PlanPoint& point);

}  // namespace ringside::sim
