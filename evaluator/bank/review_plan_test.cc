#include "evaluator/bank/review_plan.h"

#include "evaluator/bank/testing.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Lines(const std::vector<PlannedReview>& plan) {
  std::vector<std::string> lines;
  for (const PlannedReview& review : plan)
    lines.push_back(fmt::format("{} {}{}", review.day, review.question->id(), review.first ? " new" : ""));
  return lines;
}

class ReviewPlanTest : public ::testing::Test {
 protected:
  const Bank bank_ = *Bank::Parse(testing::SmallBank());
  const std::vector<const v1::Topic*> topics_ = {bank_.FindTopic("descent"), bank_.FindTopic("slopes")};
};

// A good first answer lasts 3.173 days; a good one then, 10.7 (by the formula, from S = 3.173, D = 5.28, R =
// 0.9046).
TEST_F(ReviewPlanTest, NewQuestionsComeInTheTopicsOrderAndComeBackWhenDue) {
  ReviewPlanOptions options;
  options.new_per_day = 1;
  options.days = 14;
  EXPECT_THAT(Lines(PlanReviews(bank_, topics_, {}, options)),
              ElementsAre("0 why-steep new", "1 what-slope new", "3 why-steep", "4 what-slope"));
  options.days = 15;
  EXPECT_THAT(Lines(PlanReviews(bank_, topics_, {}, options)).back(), "14 why-steep");
}

TEST_F(ReviewPlanTest, WhatIsOverdueComesOnTheFirstDayAndBeforeWhatIsNew) {
  CardState card = Review({}, Rating::kAgain, 2);
  ReviewPlanOptions options;
  options.first_day = 10;
  options.days = 1;
  EXPECT_THAT(Lines(PlanReviews(bank_, topics_, {{"what-slope", card}, {"of-another-topic", card}}, options)),
              ElementsAre("10 what-slope", "10 why-steep new"));
}

TEST_F(ReviewPlanTest, NothingIsPlannedWithoutTopics) {
  EXPECT_TRUE(PlanReviews(bank_, {}).empty());
}

}  // namespace
}  // namespace ringside::evaluator
