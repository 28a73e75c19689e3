// The scoring rules of the rubric's areas: each is a pure function to a score in 0..1, a reason with
// the figures in it, and the evidence. The weight is set by the caller.
//
//  feasibility            1 if the plan keeps the constraints and fits the memory, else 0.
//                         A deadline or budget is missed where even the fast end of the basis' error band
//                         (band.h) misses it; then it is 0, too, and so is efficiency.
//  efficiency             min(1, how many times better than the edge of the best plan's band), by the
//                         question's objective (objective.h); memory has no band: bytes are exact.
//                         The band of simulated plans: differences up to Outcome::band.between_plans.
//                         The band of measured plans: two runs whose 95 % intervals of the median step
//                         (trace/summary.h) overlap are equally fast as far as anyone can tell. With S the
//                         best plan's share at the slow end of its interval and F how far the answer's at the
//                         fast end lies above its median, that is so from S - F on: the edge.
//                         A difference inside of the band costs nothing, and beyond it the score falls from 1
//                         without a jump. An answer that is better than the best plan found has 1, and no
//                         other answer is the worse for it: the same answer has the same score whoever stands
//                         beside it.
//  throughput_prediction  max(0, 1 - |log2(predicted / actual)|): 1 exact, 0.42 at 1.5 times, 0 from twice
//  memory_prediction      or half on; the same for too high and too low.
//  bottleneck             1 for what takes the largest share of the step's time; kTieScore for another that
//  is
//                         within kTieBand of the largest, 0 else. Memory is right, too, where the fullest
//                         rank uses kTightMemory of its limit or more, and alone right where the plan does
//                         not fit.
#pragma once

#include "evaluator/design/best_plan.h"
#include "evaluator/design/limits.h"
#include "evaluator/design/measurement.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr double kTieBand = 0.05;  // of the step's time
inline constexpr double kTieScore = 0.5;
inline constexpr double kTightMemory = 0.95;

// `limits`: what is said of deadline and budget (limits.h); empty: the question has none.
v1::AreaScore ScoreFeasible(const Measurement& measured, const LimitCheck& limits = {});
v1::AreaScore ScoreInfeasible(const Infeasible& infeasible);

// FAILED_PRECONDITION: answer and best plan do not stand on the same basis, and are not comparable.
// `between_plans`: the band of simulated plans, natural logarithm. `question` is resolved.
absl::StatusOr<v1::AreaScore> ScoreEfficiency(const v1::DesignQuestion& question, const Measurement& measured,
                                              const BestPlan& best, double between_plans = 0);

v1::AreaScore ScoreThroughputPrediction(const v1::DesignPrediction& predicted, const Measurement& measured);
v1::AreaScore ScoreMemoryPrediction(const v1::DesignPrediction& predicted, int64_t actual_bytes,
                                    v1::Origin origin, std::string_view where);
v1::AreaScore ScoreBottleneck(const v1::DesignPrediction& predicted, const Measurement& measured);
v1::AreaScore ScoreBottleneckOfInfeasible(const v1::DesignPrediction& predicted,
                                          const Infeasible& infeasible);

// "1.31 times too high", "within 0.5 %".
std::string Miss(double predicted, double actual);

// max(0, 1 - |log2(predicted / actual)|), both positive.
double LogScore(double predicted, double actual);

std::string_view Name(v1::Bottleneck bottleneck);  // "dp_communication", as in an answer's YAML
std::string_view Name(v1::Origin origin);          // "measured", "simulated", "exact", "not run"

}  // namespace ringside::evaluator
