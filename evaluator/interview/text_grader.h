// The text grader (theory/grade_answer.h) as the interview calls it.
#pragma once

#include "evaluator/debugging/answer_grader.h"

namespace ringside::evaluator {

// Takes a question apart at its first answer and keeps that. Copies share what is kept; any thread.
AnswerGrader TextGrader();

}  // namespace ringside::evaluator
