// The authored questions: each is valid and possible, and the demo's tells a good answer from two bad ones.
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/design/answer.h"
#include "evaluator/design/batch.h"
#include "evaluator/design/question.h"
#include "evaluator/design/rank.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "evaluator/run_or_simulate.h"
#include "evaluator/search_best_plan.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/profile.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kBank = std::filesystem::path(RINGSIDE_SOURCE_DIR) / "evaluator/bank/design";

absl::StatusOr<v1::DeviceProfile> ProfileOf(const std::string&) {
  return sim::UncalibratedLocalCpu(4);
}

TEST(BankTest, EveryQuestionIsValidAndNamedAsItsFile) {
  int questions = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kBank)) {
    if (!entry.is_regular_file()) continue;  // the answers
    const absl::StatusOr<v1::DesignQuestion> question = LoadQuestion(entry.path().string());
    ASSERT_TRUE(question.ok()) << question.status();
    EXPECT_EQ(question->id(), entry.path().stem().string());
    ++questions;
  }
  EXPECT_GE(questions, 30);
}

class DemoQuestionTest : public ::testing::Test {
 protected:
  DemoQuestionTest() : runner_(nullptr, Options()), finder_(ProfileOf) {
    question_ = *LoadQuestion((kBank / "small-gpt-four-ranks.yaml").string());
  }

  static RunOrSimulateOptions Options() {
    RunOrSimulateOptions options;
    options.profile_of = ProfileOf;
    return options;
  }

  v1::DesignAnswer Answer(const std::string& candidate, const v1::ParallelPlan& plan, double tokens_per_s,
                          double peak_mib, v1::Bottleneck bottleneck) {
    v1::DesignAnswer answer;
    answer.set_question(question_.id());
    answer.set_candidate(candidate);
    *answer.mutable_plan() = plan;
    answer.mutable_predictions()->set_tokens_per_s(tokens_per_s);
    answer.mutable_predictions()->set_peak_memory_mib(peak_mib);
    answer.mutable_predictions()->set_bottleneck(bottleneck);
    return answer;
  }

  v1::DesignQuestion question_;
  RunOrSimulate runner_;
  SearchBestPlan finder_;
};

TEST_F(DemoQuestionTest, IsRunForRealWhereThereIsACoordinator) {
  const v1::Scenario scenario = *ScenarioOf(question_, testing::Plan(4, 1, 1, 2, 2));
  LocalLimits limits;
  limits.max_total_bytes = int64_t{1} << 30;  // a quarter of a small machine
  EXPECT_TRUE(WhereToRun(*plan::Resolve(scenario), limits).local);
}

TEST_F(DemoQuestionTest, TheThreeKindsOfAnswersComeInTheirOrder) {
  // As good as a candidate can be: knows what the simulator says of the best plan.
  const BestPlan best = *finder_.Find(question_, runner_, {});
  const Outcome outcome = *runner_.Run(*ScenarioOf(question_, best.plan));
  const double mib = 1 << 20;
  const auto good = Answer("good", best.plan, best.tokens_per_s, best.peak_bytes / mib,
                           outcome.measurement.time.front().bottleneck);
  auto wrong_bottleneck = good;
  wrong_bottleneck.set_candidate("wrong bottleneck");
  wrong_bottleneck.mutable_predictions()->set_bottleneck(outcome.measurement.time.back().bottleneck);
  const auto too_large = Answer("too large", testing::Plan(4, 1, 1, 4, 1), best.tokens_per_s, 60,
                                v1::BOTTLENECK_DP_COMMUNICATION);
  const auto cards = GradeBatch(question_, {too_large, wrong_bottleneck, good}, runner_, finder_);
  ASSERT_TRUE(cards.ok()) << cards.status();
  std::vector<std::string> order;
  for (const Ranked& ranked : Rank(*cards)) order.push_back((*cards)[ranked.index].candidate());
  EXPECT_EQ(order, (std::vector<std::string>{"good", "wrong bottleneck", "too large"}));
  EXPECT_NEAR((*cards)[2].total(), 1, 1e-9);
  EXPECT_NEAR((*cards)[1].total(), 1 - question_.rubric().bottleneck(), 1e-9);
  EXPECT_LT((*cards)[0].total(), question_.rubric().feasibility());
  EXPECT_THAT((*cards)[0].areas(0).reason(), HasSubstr("granted 66.00 MiB"));
  for (const v1::Scorecard& card : *cards) EXPECT_EQ(card.basis(), v1::ORIGIN_SIMULATED);
}

TEST_F(DemoQuestionTest, TheLimitSeparatesLargeMicroBatchesFromSensibleOnes) {
  EXPECT_TRUE(runner_.Run(*ScenarioOf(question_, testing::Plan(4, 1, 1, 4, 1)))->infeasible.has_value());
  for (const v1::ParallelPlan& plan :
       {testing::Plan(4, 1, 1, 2, 2), testing::Plan(4, 1, 1, 1, 4), testing::Plan(2, 2, 1, 8, 1),
        testing::Plan(1, 4, 1, 16, 1), testing::Plan(2, 1, 2, 4, 2), testing::Plan(1, 1, 4, 4, 4)}) {
    EXPECT_FALSE(runner_.Run(*ScenarioOf(question_, plan))->infeasible.has_value()) << PlanName(plan);
  }
}

}  // namespace
}  // namespace ringside::evaluator
