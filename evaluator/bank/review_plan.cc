#include "evaluator/bank/review_plan.h"

#include <algorithm>

#include "evaluator/bank/study.h"

namespace ringside::evaluator {

std::vector<PlannedReview> PlanReviews(const Bank& bank, const std::vector<const v1::Topic*>& topics,
                                       const std::map<std::string, CardState>& cards,
                                       const ReviewPlanOptions& options) {
  struct Open {
    const v1::TheoryQuestion* question;
    CardState card;
  };
  std::vector<Open> open;
  for (const v1::Topic* topic : topics) {
    for (const v1::TheoryQuestion* question : KeyQuestions(bank, *topic, v1::LEVEL_ADVANCED)) {
      const auto known = cards.find(question->id());
      open.push_back({question, known == cards.end() ? CardState() : known->second});
    }
  }
  std::vector<PlannedReview> plan;
  const int days = std::min(options.days, kMaxInterval_days);
  for (int day = options.first_day; day < options.first_day + days; ++day) {
    for (Open& entry : open) {
      if (entry.card.reviews == 0 || entry.card.due_day > day) continue;
      plan.push_back({day, entry.question, false});
      entry.card = Review(entry.card, Rating::kGood, day, options.retention);
    }
    int added = 0;
    for (Open& entry : open) {
      if (added == options.new_per_day) break;
      if (entry.card.reviews > 0) continue;
      plan.push_back({day, entry.question, true});
      entry.card = Review(entry.card, Rating::kGood, day, options.retention);
      ++added;
    }
  }
  return plan;
}

}  // namespace ringside::evaluator
