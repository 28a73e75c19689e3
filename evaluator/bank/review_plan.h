// Which questions to repeat on which day, for topics that are weak: what is due by the schedule of
// schedule.h, and new questions a few a day.
//
// A plan, not a record: it takes every answer to come to be rated "good". After each real one, plan again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "evaluator/bank/bank.h"
#include "evaluator/bank/schedule.h"

namespace ringside::evaluator {

struct ReviewPlanOptions {
  int first_day = 0;
  int days = 22;        // days 0 to 21, the reviews of the curriculum; at most kMaxInterval_days
  int new_per_day = 4;  // questions put for the first time
  double retention = kDefaultRetention;
};

struct PlannedReview {
  int day = 0;
  const v1::TheoryQuestion* question = nullptr;
  bool first = false;
};

// By day; on a day what is due before what is new, each in the order of `topics` and of their KeyQuestions.
// `cards`: by question id, what was answered so far; of other questions they are left alone. What was due
// before the first day is planned for the first day.
std::vector<PlannedReview> PlanReviews(const Bank& bank, const std::vector<const v1::Topic*>& topics,
                                       const std::map<std::string, CardState>& cards = {},
                                       const ReviewPlanOptions& options = {});

}  // namespace ringside::evaluator
