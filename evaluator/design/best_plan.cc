#include "evaluator/design/best_plan.h"

#include <utility>

namespace ringside::evaluator {

BestPlan AsBestPlan(v1::Objective objective, const v1::ParallelPlan& plan, const Outcome& outcome,
                    std::string source) {
  const Measurement& measured = outcome.measurement;
  BestPlan best;
  best.plan = plan;
  best.tokens_per_s = measured.tokens_per_s;
  best.slower = measured.slower;
  best.measurement = measured;
  best.band = outcome.band;
  best.peak_bytes = measured.peak_bytes;
  best.basis = measured.basis;
  best.where = objective == v1::OBJECTIVE_MEMORY ? measured.peak_where : measured.tokens_where;
  best.source = std::move(source);
  return best;
}

}  // namespace ringside::evaluator
