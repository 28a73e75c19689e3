// Design questions of the bank as an interview puts them: a plan given in words and settings, which is then
// run or simulated.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/bank/bank.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

class DesignRounds {
 public:
  // Of every design question of the bank, which outlives this.
  explicit DesignRounds(const Bank& bank);

  // "design/ID": what the rationale must hold as points, hints and follow-ups; null: no such question.
  const v1::TheoryQuestion* Find(std::string_view id) const;
  const v1::DesignQuestion* Design(std::string_view id) const;
  const std::vector<v1::TheoryQuestion>& questions() const { return questions_; }

 private:
  std::vector<v1::TheoryQuestion> questions_;
  std::vector<const v1::DesignQuestion*> designs_;  // of the same places
};

// The settings in a text, "dp=4 micro_batch=2 ... tokens_per_s=1200": fields of ParallelPlan and
// DesignPrediction, each once; everything else is the rationale. NOT_FOUND: no setting of a plan is named.
// INVALID_ARGUMENT: a value that a setting cannot have, or one given twice.
absl::StatusOr<v1::DesignAnswer> ParseDesignAnswer(std::string_view text);

}  // namespace ringside::evaluator
