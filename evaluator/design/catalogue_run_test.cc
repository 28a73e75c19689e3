#include "evaluator/design/catalogue_run.h"

#include <cmath>

#include "evaluator/design/catalogue_estimate.h"
#include "evaluator/design/catalogue_search.h"
#include "evaluator/design/claim_facts.h"
#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

v1::DesignQuestion Question() {
  v1::DesignQuestion question;
  question.set_id("eight-gpus");
  question.set_prompt("Train it.");
  question.mutable_model()->set_preset("gpt2-774m");
  question.mutable_cluster()->set_device("A100-SXM4-40GB");
  question.mutable_constraints()->set_ranks(8);
  question.mutable_constraints()->set_global_batch(64);
  question.mutable_constraints()->set_max_micro_batch(4);
  return *ResolveQuestion(question);
}

TEST(CatalogueRunTest, FillsInWhatGoesWithoutSayingOnGpus) {
  const v1::DesignQuestion question = Question();
  EXPECT_EQ(question.cluster().devices_per_node(), 8);
  const v1::Scenario scenario = *ScenarioOf(question, testing::Plan(8, 1, 1, 4, 2));
  EXPECT_EQ(scenario.plan().precision(), v1::PRECISION_BF16);
  EXPECT_EQ(scenario.plan().overlap_size(), 2);
  EXPECT_EQ(scenario.plan().bucket_mib(), 128);
}

TEST(CatalogueRunTest, SaysWhereTheTimeGoesAndHowFarItMayBeOff) {
  const Outcome outcome = *RunOnCatalogue(*ScenarioOf(Question(), testing::Plan(2, 4, 1, 4, 8)));
  ASSERT_FALSE(outcome.infeasible.has_value());
  EXPECT_EQ(outcome.basis, v1::ORIGIN_SIMULATED);
  const Measurement& m = outcome.measurement;
  EXPECT_EQ(m.ranks, 8);
  EXPECT_NEAR(m.tokens_per_s * m.step_s, 64 * 1024, 1);
  double sum = m.unnamed_share;
  for (const TimeShare& part : m.time) sum += part.share;
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_GT(m.ShareOf(v1::BOTTLENECK_TP_COMMUNICATION), 0);
  EXPECT_GT(m.mfu, 0.05);
  EXPECT_LT(m.mfu, 0.9);
  EXPECT_EQ(outcome.band.between_plans(), 0.10);
  EXPECT_LT(outcome.band.low(), 1);
  EXPECT_GT(outcome.band.high(), 1);
}

TEST(CatalogueRunTest, WhatDoesNotFitIsSaidByTerm) {
  v1::DesignQuestion question = Question();
  question.mutable_cluster()->set_memory_mib(4096);
  const Outcome outcome = *RunOnCatalogue(*ScenarioOf(question, testing::Plan(8, 1, 1, 4, 2)));
  ASSERT_TRUE(outcome.infeasible.has_value());
  EXPECT_THAT(outcome.infeasible->reason, HasSubstr("grants 4.0 GiB"));
  EXPECT_THAT(outcome.infeasible->reason, HasSubstr("optimizer"));
  EXPECT_GT(outcome.infeasible->needed_bytes, int64_t{4} << 30);
}

TEST(CatalogueRunTest, TheSearchFindsNothingWorseThanAnyPlan) {
  const v1::DesignQuestion question = Question();
  const CatalogueSearch found = *SearchQuestion(question, {});
  EXPECT_GT(found.plans, 100);
  const double best = RunOnCatalogue(*ScenarioOf(question, found.plan))->measurement.tokens_per_s;
  for (const v1::ParallelPlan& plan : {testing::Plan(8, 1, 1, 4, 2), testing::Plan(8, 1, 1, 2, 4),
                                       testing::Plan(4, 2, 1, 4, 4), testing::Plan(2, 1, 4, 2, 16)}) {
    const Outcome outcome = *RunOnCatalogue(*ScenarioOf(question, plan));
    if (!outcome.infeasible) EXPECT_LE(outcome.measurement.tokens_per_s, best * (1 + 1e-9)) << PlanName(plan);
  }
}

TEST(CatalogueRunTest, TheFirstLookIsNear) {
  CatalogueEstimator estimator;
  const v1::Scenario scenario = *ScenarioOf(Question(), testing::Plan(4, 2, 1, 4, 4));
  const Outcome exact = *RunOnCatalogue(scenario);
  const absl::StatusOr<Estimated> look = estimator.Estimate(scenario);
  ASSERT_TRUE(look.ok()) << look.status();
  EXPECT_NEAR(look->step_s / exact.measurement.step_s, 1, 0.08);
  EXPECT_EQ(look->ranks, 8);
}

TEST(ClaimFactsTest, HoldTheSimulationsFiguresWithTheirError) {
  const v1::DesignQuestion question = Question();
  const v1::Scenario scenario = *ScenarioOf(question, testing::Plan(8, 1, 1, 4, 2));
  const Outcome outcome = *RunOnCatalogue(scenario);
  const claims::Facts facts = FactsOf(question, scenario, outcome);
  const auto rate = claims::Find(facts.all(), {claims::Quantity::kTokenRate});
  ASSERT_FALSE(rate.empty());
  EXPECT_NEAR(rate[0]->value, outcome.measurement.tokens_per_s, 1);
  EXPECT_NEAR(rate[0]->error, std::log(outcome.band.high()), 1e-9);
  EXPECT_FALSE(claims::Find(facts.all(), {claims::Quantity::kPeakMemory}).empty());
  EXPECT_NEAR(facts.hardware().peak_flops, 312e12, 1e6);
  EXPECT_NEAR(facts.hardware().nominal_memory_bytes, 40.0 * (1 << 30), 1);
}

TEST(FixedTest, APlanMustKeepWhatTheQuestionFixes) {
  v1::DesignQuestion question = Question();
  question.mutable_constraints()->mutable_fixed()->set_tp(1);
  question.mutable_constraints()->mutable_fixed()->set_zero(1);
  EXPECT_EQ(ScenarioOf(question, testing::Plan(8, 1, 1, 4, 2))->plan().zero(), 1);
  EXPECT_THAT(std::string(ScenarioOf(question, testing::Plan(4, 2, 1, 4, 4)).status().message()),
              HasSubstr("plan.tp: 2, where the question fixes 1"));
}

TEST(FewerRanksTest, AreAllowedWhereTheQuestionSaysSo) {
  v1::DesignQuestion question = Question();
  EXPECT_FALSE(ScenarioOf(question, testing::Plan(4, 1, 1, 4, 4)).ok());
  question.mutable_constraints()->set_at_most(true);
  const absl::StatusOr<v1::Scenario> half = ScenarioOf(question, testing::Plan(4, 1, 1, 4, 4));
  ASSERT_TRUE(half.ok()) << half.status();
  EXPECT_EQ(half->cluster().devices_per_node(), 4);
  EXPECT_FALSE(ScenarioOf(question, testing::Plan(16, 1, 1, 4, 1)).ok());
}

}  // namespace
}  // namespace ringside::evaluator
