// A candidate written down: what is said or asked for, and after how many seconds. Whole interviews are
// replayed from such files, by tests and by `ringside interview --script`.
//
//   # a comment
//   +95 say Backpropagation applies the chain rule from the loss backwards.
//   +5 hint
//   +40 say It multiplies
//       the local derivatives.        (a line that begins with blanks goes on with the one before)
//   +10 evidence loss-curve
//   +0 end
//
// Verbs: say, hint, easier, harder, skip, tick, pause, resume, end, evidence, repeat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/interview/interview.h"

namespace ringside::evaluator {

// Events with times from 0 on. INVALID_ARGUMENT "FILE:LINE: reason"; at most kMaxEvents events.
absl::StatusOr<std::vector<v1::InterviewEvent>> ParseScript(std::string_view text,
                                                            std::string_view file_name);

// Plays the script to its end and ends the interview if it has not. `setup` and `context` as
// Interview::Start.
absl::StatusOr<Interview> Play(const InterviewContext& context, const v1::InterviewSetup& setup,
                               const std::vector<v1::InterviewEvent>& script);

// "say", "hint", ...; UNSPECIFIED: no such verb.
v1::InterviewEventKind EventKindOf(std::string_view verb);

}  // namespace ringside::evaluator
