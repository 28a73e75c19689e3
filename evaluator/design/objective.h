// What a question asks a plan to be best at, as one number.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "evaluator/design/measurement.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

struct Worth {
  double value = 0;  // in `unit`
  std::string unit;
  bool more_is_better = true;

  // How many times better this is than `other`; above 1: better.
  double Over(const Worth& other) const { return more_is_better ? value / other.value : other.value / value; }
};

//  tokens_per_s   tokens/s of a step
//  memory         bytes of the fullest rank
//  cost           USD for a million tokens (in whatever money the price is), or device-seconds where the
//  question has no price; failures
//                 included where it has some, at the best interval between checkpoints
//  time_to_train  days for tokens_to_train, likewise
// `question` is resolved, `ranks` those of the plan.
absl::StatusOr<Worth> WorthOf(const v1::DesignQuestion& question, const Measurement& measured);

// "1250 tokens/s", "61.20 GiB", "0.42 USD/M tokens", "31.4 days".
std::string ToString(const Worth& worth);

}  // namespace ringside::evaluator
