// What an interview draws on. Everything outlives it and may be shared by many.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "evaluator/bank/bank.h"
#include "evaluator/debugging/answer_grader.h"
#include "evaluator/debugging/round_library.h"
#include "evaluator/interview/design_rounds.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// Runs or simulates a plan and scores it. May take seconds.
using DesignJudge = std::function<absl::StatusOr<v1::Scorecard>(const v1::DesignQuestion& question,
                                                                const v1::DesignAnswer& answer)>;

struct InterviewContext {
  const Bank* bank = nullptr;
  const RoundLibrary* rounds = nullptr;  // null: no debugging round
  AnswerGrader grader;
  // Both or none: without them, designs are answered in words only.
  const DesignRounds* designs = nullptr;
  DesignJudge design;
};

}  // namespace ringside::evaluator
