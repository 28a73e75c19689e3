// What the readers of answers share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "evaluator/cohort/answers.h"

namespace ringside::cohort {

absl::StatusOr<std::unique_ptr<AnswerReader>> OpenCsv(const std::string& path);
absl::StatusOr<std::unique_ptr<AnswerReader>> OpenJsonLines(const std::string& path);
absl::StatusOr<std::unique_ptr<AnswerReader>> OpenFolder(const std::string& path);

// Sets `error` (keeping an earlier one) where the answer is over a limit, not UTF-8 or lacks something. What
// is over a limit is cleared, so that nothing long is kept or sent.
void CheckAnswer(ReadAnswer* read);

// Takes "0.75" into answer.mark; sets `error` where it is no number in 0..1. Empty: no mark.
void ReadMark(std::string_view text, ReadAnswer* read);

}  // namespace ringside::cohort
