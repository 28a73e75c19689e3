// The areas that a question may add to the five of areas.h: further predictions, and the interval between
// checkpoints.
//
//  step_time_prediction, mfu_prediction,         as throughput_prediction: max(0, 1 - |log2(predicted /
//  actual)|) time_to_train_prediction, cost_prediction bubble_prediction,                            shares
//  of the step: max(0, 1 - |predicted - actual| / exposed_communication_prediction              max(actual,
//  kSmallShare)), so that a tenth of the step is the
//                                                smallest unit of error
//  checkpoint_interval                           the share of the wall time that the best interval loses to
//                                                checkpoints and to work done again, over what the answer's
//                                                does
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evaluator/design/measurement.h"
#include "evaluator/design/training.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr double kSmallShare = 0.1;

double ShareScore(double predicted, double actual);

// All that the rubric weighs, in the order of its fields. `training` at the best interval. A figure that the
// basis does not have (the utilisation of a CPU) gives no area.
void AddFurtherPredictions(const v1::DesignQuestion& question, const v1::DesignPrediction& predicted,
                           const Measurement& measured, const Training& training, v1::Scorecard& card);

// The same areas for a plan that cannot be run: 0 each.
void AddFurtherPredictionsOfInfeasible(const v1::DesignQuestion& question, v1::Scorecard& card);

// For a job of `ranks`. REQUIRES: question.has_failures().
v1::AreaScore ScoreCheckpointInterval(const v1::DesignQuestion& question, std::optional<double> interval_s,
                                      int ranks);

}  // namespace ringside::evaluator
