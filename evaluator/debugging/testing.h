// A round without a disk, and a grader that knows only words, for tests.
#pragma once

#include "evaluator/debugging/answer_grader.h"
#include "evaluator/debugging/round_library.h"

namespace ringside::evaluator::testing {

// Earns a point if the answer holds one of its alternatives, or all of the words of its text, in any case;
// the score is the weighted share of the points. A misconception is hit by its claim and voids what it names.
// "I don't know" and "not sure" are flagged as the real grader does.
v1::TheoryGrade GradeByWords(const v1::TheoryQuestion& question, std::string_view answer);

}  // namespace ringside::evaluator::testing
