#include "evaluator/design/best_plan.h"

#include <utility>

namespace ringside::evaluator {

bool Beats(v1::Objective objective, const Measurement& a, const BestPlan& b) {
  return objective == v1::OBJECTIVE_MEMORY ? a.peak_bytes < b.peak_bytes : a.tokens_per_s > b.tokens_per_s;
}

BestPlan AsBestPlan(v1::Objective objective, const v1::ParallelPlan& plan, const Measurement& measured,
                    std::string source) {
  BestPlan best;
  best.plan = plan;
  best.tokens_per_s = measured.tokens_per_s;
  best.slower = measured.slower;
  best.peak_bytes = measured.peak_bytes;
  best.basis = measured.basis;
  best.where = objective == v1::OBJECTIVE_MEMORY ? measured.peak_where : measured.tokens_where;
  best.source = std::move(source);
  return best;
}

}  // namespace ringside::evaluator
