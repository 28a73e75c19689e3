// A small bank that does not change, the recorded rounds, and a grader that knows only words.
#pragma once

#include <string>

#include "evaluator/interview/interview.h"

namespace ringside::evaluator::testing {

// evaluator/interview/testdata; loaded once.
const InterviewContext& SmallContext();

v1::InterviewSetup SomeSetup(uint64_t seed = 1);

v1::InterviewEvent Event(v1::InterviewEventKind kind, int64_t at_ms, const std::string& text = "");

// All points of the open question; nothing is left to say.
std::string FullAnswer(const InterviewContext& context, const v1::InterviewSession& session);

}  // namespace ringside::evaluator::testing
