// Traits and mistakes of the curriculum, as far as they can be observed in what was said: each with the
// answer and the words. What cannot be seen in words (does code run?) is never reported.
#pragma once

#include <vector>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// In the order of the curriculum: traits, then mistakes.
std::vector<v1::Observation> Observe(const InterviewContext& context, const v1::InterviewSession& session);

}  // namespace ringside::evaluator
