// What a candidate takes home: three strengths, three things to do, what to read, when to answer again.
#pragma once

#include <string>
#include <vector>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

inline constexpr size_t kStrengths = 3;
inline constexpr size_t kImprovements = 3;
inline constexpr size_t kMostResources = 3;

// Exactly three each, whatever was answered: the best answers with their words and what was observed first,
// then how the interview went. `observations` as Observe made them.
std::vector<std::string> Strengths(const InterviewContext& context, const v1::InterviewSession& session,
                                   const std::vector<v1::Observation>& observations);
std::vector<v1::Improvement> Improvements(const InterviewContext& context,
                                          const v1::InterviewSession& session,
                                          const std::vector<v1::Observation>& observations);

// Two or three (fewer only if the curriculum has fewer): those of the weakest questions, then of their
// topics.
std::vector<v1::RecommendedResource> Resources(const InterviewContext& context,
                                               const v1::InterviewSession& session);

// Main topics whose answers had a mean below kAnsweredWell, weakest first.
std::vector<std::string> WeakTopics(const v1::InterviewSession& session);

// When to answer each question again, by FSRS from today's answers (bank/schedule.h); soonest first.
std::vector<v1::ReviewDate> Reviews(const v1::InterviewSession& session);

}  // namespace ringside::evaluator
