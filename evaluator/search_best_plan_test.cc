#include "evaluator/search_best_plan.h"

#include <map>
#include <string>

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "evaluator/run_or_simulate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/profile.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<v1::DeviceProfile> ProfileOf(const std::string&) {
  return sim::UncalibratedLocalCpu(4);
}

v1::DesignQuestion Question() {
  return *ResolveQuestion(testing::SomeQuestion());
}

// Simulates, then lets the test change what was found.
class Runner : public DesignRunner {
 public:
  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override {
    order.push_back(scenario.name());
    if (!status.ok()) return status;
    RunOrSimulateOptions options;
    options.profile_of = ProfileOf;
    absl::StatusOr<Outcome> outcome = RunOrSimulate(nullptr, options).Run(scenario);
    if (outcome.ok() && static_cast<int>(order.size()) == speed_up) outcome->measurement.tokens_per_s *= 100;
    if (static_cast<int>(order.size()) <= errors) return absl::AbortedError("died");
    return outcome;
  }
  std::vector<std::string> order;
  int speed_up = 0;  // the run (from 1) that is faster than foreseen
  int errors = 0;    // so many runs fail first
  absl::Status status;
};

TEST(SearchBestPlanTest, NoPlanOfTheQuestionBeatsItOnItsBasis) {
  Runner runner;
  const absl::StatusOr<BestPlan> best = SearchBestPlan(ProfileOf, 1).Find(Question(), runner, {});
  ASSERT_TRUE(best.ok()) << best.status();
  EXPECT_EQ(runner.order.size(), 1u);
  EXPECT_EQ(best->basis, v1::ORIGIN_SIMULATED);
  EXPECT_THAT(best->source, HasSubstr("the first of "));
  for (const v1::ParallelPlan& plan :
       {testing::Plan(4, 1, 1, 4, 1), testing::Plan(4, 1, 1, 1, 4), testing::Plan(1, 4, 1, 16, 1),
        testing::Plan(1, 1, 4, 2, 8), testing::Plan(2, 2, 1, 4, 2)}) {
    const Outcome other = *runner.Run(*ScenarioOf(Question(), plan));
    EXPECT_GE(best->tokens_per_s * 1.001, other.measurement.tokens_per_s) << PlanName(plan);
  }
}

TEST(SearchBestPlanTest, WhatIsMeasuredOverrulesTheSimulatorsOrder) {
  Runner runner;
  runner.speed_up = 3;
  const BestPlan best = *SearchBestPlan(ProfileOf, 3).Find(Question(), runner, {});
  ASSERT_EQ(runner.order.size(), 3u);
  EXPECT_EQ("four-ranks/" + PlanName(best.plan), runner.order[2]);
}

TEST(SearchBestPlanTest, APlanThatCannotBeJudgedIsPassedOver) {
  Runner runner;
  runner.errors = 2;
  EXPECT_THAT(SearchBestPlan(ProfileOf, 3).Find(Question(), runner, {})->source,
              HasSubstr("best of 1 plans"));
  runner = Runner();
  runner.errors = 3;
  EXPECT_EQ(SearchBestPlan(ProfileOf, 3).Find(Question(), runner, {}).status().code(),
            absl::StatusCode::kAborted);
  runner = Runner();
  runner.status = absl::UnavailableError("nobody there");
  EXPECT_EQ(SearchBestPlan(ProfileOf, 3).Find(Question(), runner, {}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(runner.order.size(), 1u);
}

TEST(SearchBestPlanTest, TheMemoryObjectiveFindsTheLeanestPlan) {
  v1::DesignQuestion question = testing::SomeQuestion();
  question.set_objective(v1::OBJECTIVE_MEMORY);
  Runner runner;
  const BestPlan lean = *SearchBestPlan(ProfileOf, 1).Find(*ResolveQuestion(question), runner, {});
  const BestPlan fast = *SearchBestPlan(ProfileOf, 1).Find(Question(), runner, {});
  EXPECT_LT(lean.peak_bytes, fast.peak_bytes);
}

TEST(SearchBestPlanTest, StopsWhenAskedTo) {
  for (const int after : {0, 7}) {  // before and during the simulator's search
    Runner runner;
    int asked = 0;
    const auto cancelled = [&] { return asked++ >= after; };
    EXPECT_EQ(SearchBestPlan(ProfileOf, 3).Find(Question(), runner, cancelled).status().code(),
              absl::StatusCode::kCancelled);
    EXPECT_EQ(asked, after + 1);
    EXPECT_TRUE(runner.order.empty());
  }
  Runner runner;  // between the runs
  EXPECT_EQ(SearchBestPlan(ProfileOf, 3)
                .Find(Question(), runner, [&] { return runner.order.size() == 2; })
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(runner.order.size(), 2u);
}

TEST(SearchBestPlanTest, AQuestionThatNothingFitsIsRefused) {
  v1::DesignQuestion question = testing::SomeQuestion();
  question.mutable_cluster()->set_memory_mib(0.1);
  Runner runner;
  const absl::Status status =
      SearchBestPlan(ProfileOf, 1).Find(*ResolveQuestion(question), runner, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("MiB"));
}

}  // namespace
}  // namespace ringside::evaluator
