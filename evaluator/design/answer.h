// A candidate's design answer: a plan, predictions and a rationale.
//
// What is missing is scored 0 with the reason; what is malformed (unknown key, wrong type, no plan, a
// prediction that is no positive number or absurd, text over its limit) is INVALID_ARGUMENT with file, field
// and reason, and ends up as Scorecard.error. A candidate's text is data: whoever shows it escapes it
// (text.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr size_t kMaxAnswerBytes = 256 * 1024;  // the file
inline constexpr size_t kMaxCandidateBytes = 200;      // the name
inline constexpr size_t kMaxRationaleBytes = 64 * 1024;

// Predictions outside of these are slips of the keyboard: slower than a token in a month, faster or larger
// than any cluster there is, less than a byte.
inline constexpr double kMinTokensPerS = 1e-6, kMaxTokensPerS = 1e15;
inline constexpr double kMinFigure = 1e-9, kMaxFigure = 1e15;  // of the other predictions
inline constexpr double kMinMemoryMib = 1e-6, kMaxMemoryMib = 1e15;

// The file's own limits and errors are those of proto::ReadYamlText.
absl::StatusOr<v1::DesignAnswer> LoadAnswer(const std::string& path);
absl::StatusOr<v1::DesignAnswer> ParseAnswer(std::string_view yaml, std::string_view file_name);

// Also validates it; a candidate left out is the file's name without its extension. `*answer` holds what
// could be read, for the scorecard, even if the rest is refused: `FILE:LINE: FIELD: REASON`.
absl::Status LoadAnswerTo(const v1::DesignQuestion& question, const std::string& path,
                          v1::DesignAnswer* answer);

// A file with a list of answers has them under `answers`; each is validated on its own.
struct ReadAnswer {
  v1::DesignAnswer answer;
  absl::Status status;
};
inline constexpr int kMaxAnswersOfFile = 10'000;

// One answer as LoadAnswerTo has it, or all of a list, in their order. What keeps a list from being read at
// all is one answer with the status.
std::vector<ReadAnswer> LoadAnswers(const v1::DesignQuestion& question, const std::string& path);

// Against a resolved question: the answer must name it (or no question at all).
absl::Status ValidateAnswer(const v1::DesignQuestion& question, const v1::DesignAnswer& answer);

}  // namespace ringside::evaluator
