// What to study, in which order and on which day: from a self-assessment, a study path, a company or a level.
//
// Pure functions of the bank and what the candidate said. Pointers live as long as the bank.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/bank/bank.h"

namespace ringside::evaluator {

struct Assessment {
  int sum = 0;
  const v1::Band* band = nullptr;      // that the sum lies in; null: the curriculum has none
  std::vector<const v1::Topic*> weak;  // rated below kStrongRating, in the order to study them
};

inline constexpr int kStrongRating = 4;  // "can derive or implement it"

// `ratings`: one for each numbered topic in its order, from 1 to the number of levels. INVALID_ARGUMENT names
// what is wrong with them. A weak topic comes after the weak topics that it needs; of those that may come
// next, the weakest is first, then the one with the smaller number.
absl::StatusOr<Assessment> Assess(const Bank& bank, const std::vector<int>& ratings);

// That order for the topics rated below `strong`; topics without a rating are left out.
std::vector<const v1::Topic*> WeakestFirst(const Bank& bank, const std::vector<int>& ratings, int strong);

inline constexpr int kMaxPerTopic = 6;
inline constexpr int kMaxResources = 6;
inline constexpr int kMaxDesigns = 3;

// At most kMaxPerTopic questions whose main topic this is, up to the level: key questions first, the easier
// before the harder.
std::vector<const v1::TheoryQuestion*> KeyQuestions(const Bank& bank, const v1::Topic& topic,
                                                    v1::Level highest);

struct StudyStage {
  std::string title;
  std::string focus;
  std::vector<const v1::Topic*> topics;
  std::vector<const v1::TheoryQuestion*> questions;  // KeyQuestions of each
  std::vector<const v1::DesignQuestion*> designs;    // of these topics, at most kMaxDesigns
  std::vector<const v1::Resource*> resources;        // at most kMaxResources
  int minutes = 0;                                   // sum of the questions' time targets, rounded up
};

struct StudyPlan {
  std::string title;
  std::vector<StudyStage> stages;
};

// NOT_FOUND names what there is. A path gives its weeks; a company its topics from those asked most deeply
// down, each depth in the order of study and without what is rare; a level ("junior", "mid", "senior", or
// foundation, core, advanced) all numbered topics with the questions up to that level.
absl::StatusOr<StudyPlan> PlanOfPath(const Bank& bank, std::string_view id);
absl::StatusOr<StudyPlan> PlanOfCompany(const Bank& bank, std::string_view company);
absl::StatusOr<StudyPlan> PlanOfLevel(const Bank& bank, std::string_view level);

}  // namespace ringside::evaluator
