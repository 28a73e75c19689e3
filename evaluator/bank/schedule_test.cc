#include "evaluator/bank/schedule.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;

CardState After(std::initializer_list<std::pair<Rating, int>> reviews) {
  CardState card;
  for (const auto& [rating, day] : reviews) card = Review(card, rating, day);
  return card;
}

// Initial values that the scheduler's own published tests give for the default parameters.
TEST(ScheduleTest, TheFirstRatingsGiveThePublishedStates) {
  const double stability[] = {0.40255, 1.18385, 3.173, 15.69105};
  const double difficulty[] = {7.1949, 6.48830527, 5.28243442, 3.22450159};
  for (int rating = 1; rating <= 4; ++rating) {
    const CardState card = Review({}, static_cast<Rating>(rating), 0);
    EXPECT_NEAR(card.stability_days, stability[rating - 1], 1e-8);
    EXPECT_NEAR(card.difficulty, difficulty[rating - 1], 1e-8);
  }
}

// Intervals that they give for answers that are good on the day they are due, the second on the first's day.
TEST(ScheduleTest, GoodAnswersOnTheDueDayGiveThePublishedIntervals) {
  CardState card = Review(Review({}, Rating::kGood, 0), Rating::kGood, 0);
  std::vector<int> intervals = {card.due_day - card.last_day};
  for (int i = 0; i < 4; ++i) {
    card = Review(card, Rating::kGood, card.due_day);
    intervals.push_back(card.due_day - card.last_day);
  }
  EXPECT_THAT(intervals, ElementsAre(4, 14, 44, 125, 328));
}

// By hand, with the parameters' decimals: again on day 0; good on the same day, S = 0.40255 e^(0.51655
// 0.6621) and D = 0.0046 D0(4) + 0.9954 7.1949; then good after 1, 3, 8 and 21 days, from an independent
// computation.
TEST(ScheduleTest, AForgottenCardGrowsAsComputedIndependently) {
  const CardState same_day = After({{Rating::kAgain, 0}, {Rating::kGood, 0}});
  EXPECT_NEAR(same_day.stability_days, 0.40255 * std::exp(0.3420078), 1e-5);
  EXPECT_NEAR(same_day.difficulty, 0.0046 * 3.22450159 + 0.9954 * 7.1949, 1e-6);
  const CardState card = After({{Rating::kAgain, 0},
                                {Rating::kGood, 0},
                                {Rating::kGood, 1},
                                {Rating::kGood, 4},
                                {Rating::kGood, 12},
                                {Rating::kGood, 33}});
  EXPECT_NEAR(card.stability_days, 48.265493, 1e-5);
  EXPECT_NEAR(card.difficulty, 7.104417, 1e-6);
}

// S' = 1.9395 D^-0.11 ((S+1)^0.29605 - 1) e^(2.2698 (1 - R)) with S = 15.69105, D = 3.22450159 and R = 0.9
// after S days; here after 16: R = (1 + 19/81 16/15.69105)^-0.5 = 0.898321.
TEST(ScheduleTest, ForgettingFallsByTheFormula) {
  const CardState card = After({{Rating::kEasy, 0}, {Rating::kAgain, 16}});
  const double recall = 1 / std::sqrt(1 + 19.0 / 81 * 16 / 15.69105);
  EXPECT_NEAR(recall, 0.898321, 1e-6);
  const double expected = 1.9395 * std::pow(3.22450159, -0.11) * (std::pow(16.69105, 0.29605) - 1) *
                          std::exp(2.2698 * (1 - recall));
  EXPECT_NEAR(card.stability_days, expected, 1e-6);
  EXPECT_LT(card.stability_days, 15.69105);
  EXPECT_EQ(card.lapses, 1);
  EXPECT_GT(card.difficulty, 3.3);
}

TEST(ScheduleTest, NineInTenAreRecalledWhenTheIntervalIsOver) {
  for (const double stability : {0.4, 1.0, 3.173, 44.0, 365.0}) {
    EXPECT_NEAR(Interval(stability, 0.9), stability, 1e-9);
    CardState card;
    card.reviews = 1;
    card.stability_days = stability;
    if (stability == std::round(stability)) {
      EXPECT_NEAR(Retrievability(card, static_cast<int>(stability)), 0.9, 1e-12);
    }
  }
  const CardState card = Review({}, Rating::kEasy, 10);
  EXPECT_EQ(card.due_day, 26);
  EXPECT_NEAR(Retrievability(card, card.due_day), 0.9, 0.003);  // the day is rounded
  EXPECT_EQ(Retrievability(card, 10), 1);
  EXPECT_EQ(Retrievability(card, 9), 1);
  EXPECT_EQ(Retrievability(CardState(), 9), 0);
}

TEST(ScheduleTest, AHigherRetentionComesBackSooner) {
  EXPECT_LT(Review({}, Rating::kEasy, 0, 0.95).due_day, Review({}, Rating::kEasy, 0, 0.9).due_day);
  EXPECT_LT(Review({}, Rating::kEasy, 0, 0.9).due_day, Review({}, Rating::kEasy, 0, 0.8).due_day);
}

TEST(ScheduleTest, BetterRatingsComeBackLaterAndStayWithinLimits) {
  const CardState card = After({{Rating::kGood, 0}, {Rating::kGood, 3}});
  int due = 0;
  for (const Rating rating : {Rating::kAgain, Rating::kHard, Rating::kGood, Rating::kEasy}) {
    const CardState next = Review(card, rating, 17);
    EXPECT_GT(next.due_day, due);
    EXPECT_GE(next.due_day, 18);
    due = next.due_day;
  }
  CardState easy;
  for (int i = 0; i < 20; ++i) easy = Review(easy, Rating::kEasy, easy.due_day);
  EXPECT_EQ(easy.due_day - easy.last_day, kMaxInterval_days);
  EXPECT_EQ(easy.difficulty, 1);
  CardState hard;
  for (int i = 0; i < 100; ++i) hard = Review(hard, Rating::kAgain, hard.due_day);
  EXPECT_EQ(hard.due_day - hard.last_day, 1);
  EXPECT_GT(hard.stability_days, 0);
  EXPECT_GT(hard.difficulty, 9.9);
  EXPECT_LE(hard.difficulty, 10);
}

v1::TheoryGrade Score(double score) {
  v1::TheoryGrade grade;
  grade.set_score(score);
  return grade;
}

TEST(ScheduleTest, MarksBecomeRatings) {
  EXPECT_EQ(RatingOf(Score(0)), Rating::kAgain);
  EXPECT_EQ(RatingOf(Score(0.39)), Rating::kAgain);
  EXPECT_EQ(RatingOf(Score(0.4)), Rating::kHard);
  EXPECT_EQ(RatingOf(Score(0.65)), Rating::kGood);
  EXPECT_EQ(RatingOf(Score(0.9)), Rating::kEasy);
  EXPECT_EQ(RatingOf(Score(0.9), 1), Rating::kGood);
  EXPECT_EQ(RatingOf(Score(0.9), 4), Rating::kAgain);
}

TEST(ScheduleTest, WhatAPersonShouldSeeIsNeverEasy) {
  v1::TheoryGrade grade = Score(1);
  grade.add_flags(v1::ANSWER_FLAG_LOW_EVIDENCE);
  EXPECT_EQ(RatingOf(grade), Rating::kGood);
  grade.set_error("too long");
  EXPECT_EQ(RatingOf(grade), Rating::kAgain);
}

}  // namespace
}  // namespace ringside::evaluator
