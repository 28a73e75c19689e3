// Who grades words against reference points. The rounds and the interview know no more of it than this, so
// that their tests need no grader.
#pragma once

#include <functional>
#include <string_view>

#include "ringside/v1/bank.pb.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::evaluator {

// Deterministic: the same question and answer, the same grade. May be called from any thread.
using AnswerGrader =
    std::function<v1::TheoryGrade(const v1::TheoryQuestion& question, std::string_view answer)>;

}  // namespace ringside::evaluator
