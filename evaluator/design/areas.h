// The scoring rules of the rubric's areas: each is a pure function to a score in 0..1, a reason with
// the figures in it, and the evidence. The weight is set by the caller.
//
//  feasibility            1 if the plan keeps the constraints and fits the memory, else 0.
//  efficiency             min(1, tokens/s over the edge of the best plan's noise band), or for the memory
//                         objective min(1, the best plan's peak bytes over the answer's): bytes are exact.
//                         Noise band: two runs whose 95 % intervals of the median step (trace/summary.h)
//                         overlap are equally fast as far as anyone can tell. With S the best plan's tokens/s
//                         at the slow end of its interval and F how far the answer's at the fast end lie
//                         above its median, that is so from S - F tokens/s on: the edge. A difference inside
//                         of the band costs nothing, and beyond it the score falls from 1 without a jump.
//                         Simulated steps hardly spread. An answer that is faster than the best plan found is
//                         itself the best, for all answers graded with it (batch.h).
//  throughput_prediction  max(0, 1 - |log2(predicted / actual)|): 1 exact, 0.42 at 1.5 times, 0 from twice
//  memory_prediction      or half on; the same for too high and too low.
//  bottleneck             1 for what takes the largest share of the step's time; kTieScore for another that
//  is
//                         within kTieBand of the largest, 0 else. Memory is right, too, where the fullest
//                         rank uses kTightMemory of its limit or more, and alone right where the plan does
//                         not fit.
#pragma once

#include "evaluator/design/best_plan.h"
#include "evaluator/design/measurement.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr double kTieBand = 0.05;  // of the step's time
inline constexpr double kTieScore = 0.5;
inline constexpr double kTightMemory = 0.95;

v1::AreaScore ScoreFeasible(const Measurement& measured);
v1::AreaScore ScoreInfeasible(const Infeasible& infeasible);

// FAILED_PRECONDITION: answer and best plan do not stand on the same basis, and are not comparable.
absl::StatusOr<v1::AreaScore> ScoreEfficiency(v1::Objective objective, const Measurement& measured,
                                              const BestPlan& best);

v1::AreaScore ScoreThroughputPrediction(const v1::DesignPrediction& predicted, const Measurement& measured);
v1::AreaScore ScoreMemoryPrediction(const v1::DesignPrediction& predicted, int64_t actual_bytes,
                                    v1::Origin origin, std::string_view where);
v1::AreaScore ScoreBottleneck(const v1::DesignPrediction& predicted, const Measurement& measured);
v1::AreaScore ScoreBottleneckOfInfeasible(const v1::DesignPrediction& predicted,
                                          const Infeasible& infeasible);

// max(0, 1 - |log2(predicted / actual)|), both positive.
double LogScore(double predicted, double actual);

std::string_view Name(v1::Bottleneck bottleneck);  // "dp_communication", as in an answer's YAML
std::string_view Name(v1::Origin origin);          // "measured", "simulated", "exact", "not run"

}  // namespace ringside::evaluator
