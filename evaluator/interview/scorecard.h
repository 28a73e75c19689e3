// The scorecard of an interview: a function of the session alone, so that it can be made again at any time.
#pragma once

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// Of an interview that has ended, wherever it was ended. One rating for each area of the rubric, three
// strengths, three improvements, two or three resources.
v1::InterviewScorecard MakeScorecard(const InterviewContext& context, const v1::InterviewSession& session);

}  // namespace ringside::evaluator
