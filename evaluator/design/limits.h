// Deadline and budget of a question, kept or missed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/design/measurement.h"
#include "evaluator/design/training.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

struct LimitCheck {
  bool kept = true;    // as far as can be told: false where even the fast end of the band misses it
  std::string reason;  // with the figures; empty: the question has no limits
  std::vector<v1::Evidence> evidence;
};

// `training`: of the measured plan at the best interval between checkpoints.
LimitCheck CheckLimits(const v1::DesignQuestion& question, const Measurement& measured,
                       const Training& training, const v1::ErrorBand& band);

}  // namespace ringside::evaluator
