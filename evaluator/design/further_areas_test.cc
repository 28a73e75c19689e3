#include "evaluator/design/further_areas.h"

#include "evaluator/design/limits.h"
#include "evaluator/design/objective.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

v1::DesignQuestion Weeks() {
  v1::DesignQuestion question;
  question.set_tokens_to_train(1e9);
  question.set_price_per_device_hour(2);
  question.mutable_failures()->set_device_hours_per_failure(1000);
  question.mutable_failures()->set_checkpoint_s(30);
  question.mutable_failures()->set_restart_s(300);
  return question;
}

TEST(ShareScoreTest, IsRelativeToTheShareOrATenth) {
  EXPECT_DOUBLE_EQ(ShareScore(0.3, 0.3), 1);
  EXPECT_DOUBLE_EQ(ShareScore(0.4, 0.2), 0);
  EXPECT_DOUBLE_EQ(ShareScore(0.1, 0.2), 0.5);
  EXPECT_DOUBLE_EQ(ShareScore(0.05, 0), 0.5);
}

TEST(CheckpointIntervalTest, TheBestHasFullMarksAndFartherOnesLess) {
  const v1::DesignQuestion question = Weeks();
  const double best_s = TrainingOf(question, 0, 100, std::nullopt)->interval_s;
  EXPECT_NEAR(best_s, 1470, 30);  // sqrt(2 * 30 s * 36,000 s)
  EXPECT_NEAR(ScoreCheckpointInterval(question, best_s, 100).score(), 1, 1e-6);
  double last = 1;
  for (const double factor : {1.5, 3.0, 6.0, 12.0}) {
    const double longer = ScoreCheckpointInterval(question, best_s * factor, 100).score();
    EXPECT_LT(longer, last);
    EXPECT_NEAR(longer, ScoreCheckpointInterval(question, best_s / factor, 100).score(), 0.12);
    last = longer;
  }
  EXPECT_EQ(ScoreCheckpointInterval(question, std::nullopt, 100).score(), 0);
  EXPECT_THAT(ScoreCheckpointInterval(question, std::nullopt, 100).reason(),
              HasSubstr("no interval was given"));
}

TEST(TrainingTest, FailuresLengthenAndPricesAddUp) {
  v1::DesignQuestion question = Weeks();
  const Training with = *TrainingOf(question, 1000, 100, std::nullopt);
  question.clear_failures();
  const Training without = *TrainingOf(question, 1000, 100, std::nullopt);
  EXPECT_DOUBLE_EQ(without.days, 1e9 / 1000 / 86400);
  EXPECT_DOUBLE_EQ(without.cost, without.days * 24 * 100 * 2);
  EXPECT_EQ(without.goodput, 1);
  EXPECT_NEAR(with.days, without.days / with.goodput, 1e-9);
  EXPECT_LT(with.goodput, 0.96);
}

TEST(LimitsTest, TheFastEndOfTheBandDecides) {
  v1::DesignQuestion question = Weeks();
  question.mutable_constraints()->set_deadline_days(10);
  v1::ErrorBand band;
  band.set_low(0.9), band.set_high(1.1);
  Measurement measured;
  Training training;
  const auto check = [&](double days) {
    training.days = days;
    return CheckLimits(question, measured, training, band);
  };
  EXPECT_TRUE(check(9.9).kept);
  EXPECT_TRUE(check(11).kept);
  EXPECT_THAT(check(11).reason, HasSubstr("not beyond the error of the basis"));
  EXPECT_FALSE(check(11.2).kept);
  EXPECT_EQ(check(11.2).evidence.size(), 1u);
}

TEST(FurtherPredictionsTest, OnlyWhatTheRubricWeighsAndTheBasisHas) {
  v1::DesignQuestion question = Weeks();
  question.mutable_rubric()->set_step_time_prediction(1);
  question.mutable_rubric()->set_mfu_prediction(1);
  v1::DesignPrediction predicted;
  predicted.set_step_ms(2048);
  v1::Scorecard card;
  AddFurtherPredictions(question, predicted, testing::SomeOutcome().measurement, {}, card);
  ASSERT_EQ(card.areas_size(), 1);  // a CPU's utilisation is not known
  EXPECT_EQ(card.areas(0).area(), "step_time_prediction");
  EXPECT_EQ(card.areas(0).score(), 0);
  EXPECT_THAT(card.areas(0).reason(),
              HasSubstr("predicted step time of 2048 ms, measured 1024 ms: 2.00 times"));
}

TEST(ObjectiveTest, WorthKnowsWhichWayIsBetter) {
  v1::DesignQuestion question = Weeks();
  Measurement slow = testing::SomeOutcome().measurement, fast = slow;
  fast.tokens_per_s *= 2, fast.peak_bytes *= 2;
  const auto over = [&](v1::Objective objective) {
    question.set_objective(objective);
    return WorthOf(question, fast)->Over(*WorthOf(question, slow));
  };
  EXPECT_DOUBLE_EQ(over(v1::OBJECTIVE_TOKENS_PER_S), 2);
  EXPECT_DOUBLE_EQ(over(v1::OBJECTIVE_TIME_TO_TRAIN), 2);
  EXPECT_DOUBLE_EQ(over(v1::OBJECTIVE_COST), 2);
  EXPECT_DOUBLE_EQ(over(v1::OBJECTIVE_MEMORY), 0.5);
}

}  // namespace
}  // namespace ringside::evaluator
