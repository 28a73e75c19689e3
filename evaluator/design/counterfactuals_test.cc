#include "evaluator/design/counterfactuals.h"

#include "evaluator/design/question.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using testing::Plan;

// A world in which every way of tensor parallelism costs, and recomputation does not fit less.
class World : public DesignRunner {
 public:
  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override { return Predict(scenario); }
  absl::StatusOr<Outcome> Predict(const v1::Scenario& scenario) override {
    const v1::ParallelPlan& plan = scenario.plan();
    if (plan.micro_batch() > 4) return testing::SomeInfeasibleOutcome();
    Outcome outcome = testing::SomeOutcome();
    outcome.measurement.tokens_per_s =
        4000.0 / plan.tp() / (plan.recompute() == v1::RECOMPUTE_FULL ? 1.3 : 1);
    outcome.measurement.step_s = 1024 / outcome.measurement.tokens_per_s;
    return outcome;
  }
};

BestPlan Best() {
  BestPlan best = testing::SomeBest();
  best.plan = Plan(4, 1, 1, 4, 1);
  best.tokens_per_s = best.measurement.tokens_per_s = 4000;
  return best;
}

TEST(CounterfactualsTest, TheLargestGainComesFirstAndTheBestPlanLast) {
  World world;
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  v1::ParallelPlan plan = Plan(2, 2, 1, 4, 2);
  plan.set_recompute(v1::RECOMPUTE_FULL);
  const auto rows = CounterfactualsOf(question, plan, testing::SomeOutcome(), Best(), world);
  ASSERT_EQ(rows.size(), 5u);  // tensor parallelism traded for dp, pp or cp; recomputation; all at once
  EXPECT_EQ(rows[0].change(), "tp 2 -> 1, dp 2 -> 4");
  EXPECT_DOUBLE_EQ(rows[0].factor(), 2);
  EXPECT_NEAR(rows[3].factor(), 1.3, 1e-9);
  EXPECT_THAT(rows[3].change(), HasSubstr("recompute full -> "));
  EXPECT_TRUE(rows[4].is_best());
  EXPECT_NEAR(rows[4].factor(), 2.6, 1e-9);
  EXPECT_THAT(rows[0].reason(), HasSubstr("compute -30.0 %"));
}

TEST(CounterfactualsTest, APlanThatDoesNotFitIsShownWhatDoes) {
  World world;
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  const auto rows =
      CounterfactualsOf(question, Plan(1, 4, 1, 8, 2), testing::SomeInfeasibleOutcome(), Best(), world);
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(rows[0].change(), "micro_batch 8 -> 4");
  EXPECT_EQ(rows[0].factor(), 0);
  EXPECT_THAT(rows[0].reason(), HasSubstr("would fit"));
  EXPECT_THAT(rows[0].reason(), HasSubstr("25 % of the best plan found"));
}

TEST(CounterfactualsTest, AChangeThatMissesTheDeadlineIsNone) {
  World world;
  v1::DesignQuestion question = testing::SomeQuestion();
  question.set_tokens_to_train(4000.0 * 86400);  // a day of the best plan, two of the answer's
  question.mutable_constraints()->set_deadline_days(1.2);
  question = *ResolveQuestion(question);
  v1::ParallelPlan plan = Plan(2, 2, 1, 4, 2);
  plan.set_recompute(v1::RECOMPUTE_FULL);
  const auto rows = CounterfactualsOf(question, plan, testing::SomeOutcome(), Best(), world);
  ASSERT_EQ(rows.size(), 1u);  // tp 1 alone takes 1.3 days, and no recomputation 2
  EXPECT_TRUE(rows[0].is_best());
}

TEST(CounterfactualsTest, WithoutASimulatorThereAreNone) {
  class Blind : public DesignRunner {
    absl::StatusOr<Outcome> Run(const v1::Scenario&) override { return testing::SomeOutcome(); }
  } blind;
  EXPECT_TRUE(CounterfactualsOf(*ResolveQuestion(testing::SomeQuestion()), Plan(2, 2, 1, 4, 2),
                                testing::SomeOutcome(), Best(), blind)
                  .empty());
}

}  // namespace
}  // namespace ringside::evaluator
