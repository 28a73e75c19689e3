// The parts of a question beyond one step and beyond the plan: weeks of training, and what is taught with it.
#pragma once

#include "absl/status/status.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr double kDefaultRestartS = 300;
inline constexpr int kHints = 4;

// Tokens, prices and failures: each is there where the objective, a constraint or the rubric needs it, and is
// a possible number. Fills in failures.restart_s. INVALID_ARGUMENT names the field.
absl::Status ResolveWeeks(v1::DesignQuestion& question);

// No hints or four; points to hold where they are weighed, each with an id of its own and a text; follow-ups
// with a known condition. INVALID_ARGUMENT names the field.
absl::Status CheckTeaching(const v1::DesignQuestion& question);

}  // namespace ringside::evaluator
