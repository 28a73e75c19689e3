// The fast form of a step: block costs and replica costs that are remembered, put together by the closed form
// of the pipeline. Two figures: an estimate, and a lower bound of what SimulateFolded says of the same plan.
// Once what it needs is remembered, a plan costs microseconds or less. Not thread-safe.
#pragma once

#include "sim/search/pipeline_paths.h"

namespace ringside::sim {

// Bytes of the fullest rank, about (docs/search.md says how near).
struct FastMemory {
  double weights = 0, gradients = 0, optimizer = 0;
  double kept = 0;       // activations between forward and backward passes
  double transient = 0;  // of the pass at work, and gathered weights
  double scratch = 0;
  double total() const { return weights + gradients + optimizer + kept + transient + scratch; }
};

class FastForm {
 public:
  // Both outlive this. `base` has its overlap, buckets, model and run; it is resolvable under some plan.
  static absl::StatusOr<std::unique_ptr<FastForm>> Create(const v1::Scenario& base, const GpuCluster& cluster,
                                                          const PlanPoint& some_plan);

  // REQUIRES of all: IsValid(model(), point).
  double EstimateNs(const PlanPoint& point) { return StepNs(point, Form::kEstimate); }
  double LowerBoundNs(const PlanPoint& point) { return StepNs(point, Form::kLower); }
  // A looser bound that needs fewer block costs: those without recomputation, whole backward passes, and
  // tensor parallelism inside of nodes, each of which takes no longer.
  double QuickBoundNs(const PlanPoint& point);
  FastMemory Memory(const PlanPoint& point);
  // No more than the exact peak (PeakOfPlan), by a test over random plans.
  double MemoryFloor(const PlanPoint& point);

  // Of any plan: the model's dimensions.
  const plan::Resolved& model() const { return model_; }
  int64_t compiled() const { return blocks_.compiled(); }

 private:
  FastForm(const v1::Scenario& base, const GpuCluster& cluster, plan::Resolved model);

  double StepNs(const PlanPoint& point, Form form, bool quick = false);
  void Prepare(const PlanPoint& point, bool quick = false);
  StageClock ClockOf(const PlanPoint& point, StageKind kind, Form form, bool quick) const;
  double TransferNs(const PlanPoint& point, Form form) const;

  const v1::Scenario base_;
  const GpuCluster& cluster_;
  const plan::Resolved model_;
  OverlapFlags overlap_;
  BlockCosts blocks_;
  ReplicaCosts replicas_;
  absl::flat_hash_map<std::array<int, 6>, std::unique_ptr<PlanGroups>> groups_;  // by mesh and placement
  // Of the plan that was asked for last.
  PlanPoint last_;
  bool prepared_ = false, last_quick_ = false;
  const PlanGroups* last_groups_ = nullptr;
  const BlockCostSet* costs_ = nullptr;
  const ReplicaCosts::Set* replica_ = nullptr;
};

}  // namespace ringside::sim
