// The scorecard for people and for programs. Text from outside is made harmless for where it is shown.
#pragma once

#include <string>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// The scorecard for a terminal; lines of at most about 100 columns.
std::string ScorecardText(const v1::InterviewScorecard& card);

// The whole dialogue: "mm:ss  Interviewer: ...".
std::string TranscriptText(const v1::InterviewSession& session);

// {"session": ..., "score": ..., "areas": [...], ...}; with the questions, their marks point by point.
std::string ScorecardJson(const v1::InterviewSession& session);

// A whole page without external resources: ratings, strengths, improvements, every answer with the words that
// earned its points, the dialogue.
std::string ScorecardHtml(const InterviewContext& context, const v1::InterviewSession& session);

std::string MinutesText(int64_t ms);   // "mm:ss"
std::string DateText(int64_t unix_s);  // "2026-01-31", UTC

// The day on which to answer again; "in 3 days" where the interview has no date.
std::string ReviewDay(const v1::ReviewDate& review);

}  // namespace ringside::evaluator
