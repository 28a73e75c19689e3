// The best plan for a model on a cluster of the catalogue: of all valid ones, shown by bounds.
//
// Every plan gets a lower bound (fast_form.h). Those that could still be the best are simulated exactly, in
// the order of their bounds, until no bound is below the best that was found; a plan counts only if its exact
// peak memory fits. Equal ones: the simpler (plan_point.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/memory.h"
#include "sim/fold/folded.h"
#include "sim/search/fast_form.h"
#include "sim/search/space.h"

namespace ringside::sim {

enum class SearchObjective { kThroughput, kCost, kMemory };  // kCost: device time a token

struct SearchRequest {
  v1::Scenario base;  // model, run, cluster, and of the plan: buckets and overlap
  SearchSpace space;
  SearchObjective objective = SearchObjective::kThroughput;
  int top = 10;
  double price_per_device_hour = 0;  // 0: not known
  std::function<bool()> cancelled;   // asked every few hundred plans and before each that is simulated
  std::function<void(const std::string&)> progress;
};

struct FoundPlan {
  PlanPoint point;
  double step_s = 0, tokens_per_s = 0;
  int64_t peak_bytes = 0;  // exact
  int peak_stage = 0;
  plan::PeakMemory peak;
  double cost_per_million_tokens = 0;  // 0: no price
  FoldedStep step;                     // where its time goes
  bool fits = true;
  std::string reason;  // why it is not the first
};

struct SearchCounts {
  int64_t valid = 0, over_memory = 0, bounded_out = 0, simulated = 0, weighed = 0;
  double seconds = 0, enumerate_seconds = 0;
};

struct SearchResult {
  // The best, then the best other layouts (dp, tp, pp, cp, ep), as the fast form picks a plan for each; exact
  // figures. Behind them layouts that would be faster, if they fitted.
  std::vector<FoundPlan> plans;
  std::vector<FoundPlan> front;  // none is faster, leaner and cheaper; picked by the fast form, exact figures
  SearchCounts counts;
  int64_t memory_limit = 0;
};

// INVALID_ARGUMENT: a base or a space that leaves nothing valid. FAILED_PRECONDITION: nothing fits the
// memory, and what comes nearest. CANCELLED.
absl::StatusOr<SearchResult> SearchCatalogue(const SearchRequest& request, const GpuCluster& cluster);

// One plan's exact figures. The errors of plan::Resolve.
absl::StatusOr<FoundPlan> SimulatePlan(const v1::Scenario& base, const GpuCluster& cluster,
                                       const PlanPoint& point, bool weigh);

}  // namespace ringside::sim
