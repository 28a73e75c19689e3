// One rating for each area of the rubric, with the answers that speak for it.
#pragma once

#include <string>
#include <vector>

#include "evaluator/interview/context.h"
#include "ringside/v1/interview.pb.h"

namespace ringside::evaluator {

// Novice below kWeak. Expert from kExpertScore on, if an answer of at least the core level was strong and
// nothing wrong was claimed in an answer of the area; without a core question nobody is an expert.
// Intermediate between.
inline constexpr double kExpertScore = 0.7;

std::vector<v1::AreaRating> RateAreas(const InterviewContext& context, const v1::InterviewSession& session);

// The weightiest point that was earned, with the words, and the weightiest that was not; either may be
// missing.
struct PointsOf {
  const v1::ReferencePoint* earned = nullptr;
  std::string quote;
  const v1::ReferencePoint* missed = nullptr;
};
PointsOf TellingPoints(const InterviewContext& context, const v1::AskedQuestion& asked);

std::string_view RatingName(v1::Rating rating);
std::string_view LevelName(v1::Level level);
int Percent(double share);

// Of the questions that count, weighted by level; 0 without any.
double MeanScore(const std::vector<const v1::AskedQuestion*>& questions);
std::vector<const v1::AskedQuestion*> Counted(const v1::InterviewSession& session);

}  // namespace ringside::evaluator
