// The answers beside the questions: of every question a strong, a middling and a weak one, graded on the
// simulated basis with an assumed profile, so that the figures are the same everywhere.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "evaluator/design/batch.h"
#include "evaluator/design/plan_defaults.h"
#include "evaluator/design/question.h"
#include "evaluator/run_or_simulate.h"
#include "evaluator/search_best_plan.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/yaml.h"
#include "ringside/v1/evaluator.pb.h"
#include "sim/profile.h"

namespace ringside::evaluator {
namespace {

const std::filesystem::path kBank = std::filesystem::path(RINGSIDE_SOURCE_DIR) / "evaluator/bank/design";
constexpr double kApart = 0.05;  // of the total, that the three answers are at least

std::vector<std::string> Questions() {
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(kBank)) {
    if (entry.is_regular_file()) ids.insert(entry.path().stem().string());
  }
  return {ids.begin(), ids.end()};
}

absl::StatusOr<v1::DeviceProfile> ProfileOf(const std::string&) {
  return sim::UncalibratedLocalCpu(4);
}

class DesignAnswersTest : public ::testing::TestWithParam<std::string> {
 protected:
  DesignAnswersTest() : runner_(nullptr, Options()), finder_(ProfileOf) {
    question_ = *LoadQuestion((kBank / (GetParam() + ".yaml")).string());
    v1::GradeDesignRequest given;
    const absl::Status read =
        proto::ReadYamlFile((kBank / "answers" / (GetParam() + ".yaml")).string(), &given);
    EXPECT_TRUE(read.ok()) << read;
    answers_.assign(given.answers().begin(), given.answers().end());
  }

  static RunOrSimulateOptions Options() {
    RunOrSimulateOptions options;
    options.profile_of = ProfileOf;
    return options;
  }

  absl::StatusOr<std::vector<v1::Scorecard>> Grade(const std::vector<v1::DesignAnswer>& answers) {
    BatchHooks hooks;
    hooks.counterfactuals = false;
    return GradeBatch(question_, answers, runner_, finder_, hooks);
  }

  RunOrSimulate runner_;
  SearchBestPlan finder_;
  v1::DesignQuestion question_;
  std::vector<v1::DesignAnswer> answers_;
};

TEST_P(DesignAnswersTest, AreRankedStrongMiddlingWeak) {
  ASSERT_EQ(answers_.size(), 3u);
  const auto cards = Grade(answers_);
  ASSERT_TRUE(cards.ok()) << cards.status();
  for (size_t i = 0; i < cards->size(); ++i) {
    EXPECT_EQ((*cards)[i].error(), "") << answers_[i].candidate();
    EXPECT_EQ((*cards)[i].basis_reason().empty(), false);
  }
  const double strong = (*cards)[0].total(), middling = (*cards)[1].total(), weak = (*cards)[2].total();
  EXPECT_GE(strong, 0.75) << (*cards)[0].DebugString();
  EXPECT_GE(strong, middling + kApart) << (*cards)[1].DebugString();
  EXPECT_GE(middling, weak + kApart) << (*cards)[2].DebugString();
  EXPECT_LE(weak, 0.5) << (*cards)[2].DebugString();
}

TEST_P(DesignAnswersTest, HaveTheSameScoreAloneAndAgain) {
  const auto together = Grade(answers_);
  ASSERT_TRUE(together.ok()) << together.status();
  // The middling one, without the strong one beside it.
  const auto alone = Grade({answers_[1]});
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_EQ((*alone)[0].SerializeAsString(), (*together)[1].SerializeAsString());
}

TEST_P(DesignAnswersTest, ComeWithAQuestionThatTeaches) {
  EXPECT_EQ(question_.hints_size(), 4);
  EXPECT_GE(question_.follow_ups_size(), 2);
  EXPECT_GE(question_.resources_size(), 1);
  EXPECT_GE(question_.topics_size(), 1);
  EXPECT_NE(question_.level(), v1::LEVEL_UNSPECIFIED);
  EXPECT_EQ(question_.has_best_plan(), IsOnCatalogue(question_.cluster()));
}

INSTANTIATE_TEST_SUITE_P(Bank, DesignAnswersTest, ::testing::ValuesIn(Questions()),
                         [](const ::testing::TestParamInfo<std::string>& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

TEST(DesignBankTest, HoldsEnoughOfEachKind) {
  int measured = 0, simulated = 0;
  for (const std::string& id : Questions()) {
    const v1::DesignQuestion question = *LoadQuestion((kBank / (id + ".yaml")).string());
    (IsOnCatalogue(question.cluster()) ? simulated : measured) += 1;
  }
  EXPECT_GE(measured, 5);
  EXPECT_GE(simulated, 24);
}

}  // namespace
}  // namespace ringside::evaluator
