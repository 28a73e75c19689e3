// The weeks after the step: how long tokens_to_train take, what they cost, and what failures and checkpoints
// leave of the throughput (sim/goodput, in closed form).
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"
#include "sim/goodput/settings.h"

namespace ringside::evaluator {

struct Training {
  double goodput = 1;     // share of the wall time that is kept as training; 1 where nothing fails
  double interval_s = 0;  // between checkpoints; 0: nothing fails
  double overhead = 0;    // share lost to checkpoints and to work done again: what the interval decides
  double days = 0;        // 0: the question does not say how many tokens
  double cost = 0;        // 0: nor what a device costs
};

// What failures of the question mean for a job of `ranks`. REQUIRES: question.has_failures().
sim::GoodputSettings GoodputOf(const v1::DesignQuestion& question, int ranks);

// `interval_s`: of the checkpoints; absent: the best. INVALID_ARGUMENT: an interval that no run could have.
absl::StatusOr<Training> TrainingOf(const v1::DesignQuestion& question, double tokens_per_s, int ranks,
                                    std::optional<double> interval_s);

}  // namespace ringside::evaluator
