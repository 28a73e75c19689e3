#include "evaluator/design/answer.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using testing::Plan;
using testing::SomeAnswer;
using ::testing::StartsWith;

v1::DesignQuestion Question() {
  return *ResolveQuestion(testing::SomeQuestion());
}

TEST(AnswerTest, IsReadFromYaml) {
  const absl::StatusOr<v1::DesignAnswer> answer = ParseAnswer(
      "question: four-ranks\ncandidate: Zo\u00eb\nplan: {dp: 2, tp: 2, micro_batch: 4, micro_batches: 2}\n"
      "predictions: {tokens_per_s: 1.5e3, bottleneck: dp_communication}\nrationale: |\n  two\n  lines\n",
      "a.yaml");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->candidate(), "Zo\u00eb");
  EXPECT_EQ(answer->plan().tp(), 2);
  EXPECT_EQ(answer->predictions().tokens_per_s(), 1500);
  EXPECT_FALSE(answer->predictions().has_peak_memory_mib());
  EXPECT_EQ(answer->predictions().bottleneck(), v1::BOTTLENECK_DP_COMMUNICATION);
  EXPECT_TRUE(ValidateAnswer(Question(), *answer).ok());
}

TEST(AnswerTest, UnknownKeysAndWrongTypesAreRefused) {
  EXPECT_THAT(std::string(ParseAnswer("candidate: a\nscore: 1\n", "a.yaml").status().message()),
              HasSubstr("score"));
  EXPECT_THAT(std::string(ParseAnswer("plan: {dp: four}\n", "a.yaml").status().message()), HasSubstr("dp"));
}

TEST(AnswerTest, AMissingFileIsNotFound) {
  EXPECT_EQ(LoadAnswer("no/such/file.yaml").status().code(), absl::StatusCode::kNotFound);
}

TEST(AnswerTest, WhatIsRefusedIsLocatedAndStillNamed) {
  const std::string path = ::testing::TempDir() + "/ringside-answer.yaml";
  const auto load = [&](const std::string& yaml, v1::DesignAnswer* answer) {
    std::ofstream(path) << yaml;
    return std::string(LoadAnswerTo(Question(), path, answer).message());
  };
  v1::DesignAnswer answer;
  EXPECT_EQ(load("plan: {dp: 4, micro_batch: 4}\n", &answer), "");
  EXPECT_EQ(answer.candidate(), "ringside-answer");
  EXPECT_THAT(load("candidate: Ada\nplan: {dp: 4}\npredictions:\n  tokens_per_s: -5\n", &answer),
              StartsWith(path + ":4: predictions.tokens_per_s: -5 is not a positive number"));
  EXPECT_EQ(answer.candidate(), "Ada");
  EXPECT_THAT(load("candidate: Ada\n", &answer), StartsWith(path + ":1: plan: is missing"));
  EXPECT_THAT(load("plan: {dp: 4}\nquestion: other\n", &answer), StartsWith(path + ":2: question: is for"));
  EXPECT_THAT(load("plan: {dpp: 4}\n", &answer), StartsWith(path + ":1:8: plan.dpp"));
  EXPECT_EQ(answer.candidate(), "ringside-answer");
  std::remove(path.c_str());
}

TEST(AnswerTest, RefusalsNameTheField) {
  using A = v1::DesignAnswer;
  const std::pair<std::function<void(A&)>, const char*> cases[] = {
      {[](A& a) { a.set_question("other"); }, "question: is for \"other\""},
      {[](A& a) { a.clear_candidate(); }, "candidate: is missing"},
      {[](A& a) { a.set_candidate(std::string(kMaxCandidateBytes + 1, 'x')); }, "candidate: is longer"},
      {[](A& a) { a.set_rationale(std::string(kMaxRationaleBytes + 1, 'x')); }, "rationale: is longer"},
      {[](A& a) { a.clear_plan(); }, "plan: is missing"},
      {[](A& a) { a.mutable_predictions()->set_tokens_per_s(0); }, "predictions.tokens_per_s: 0"},
      {[](A& a) { a.mutable_predictions()->set_peak_memory_mib(-3); }, "predictions.peak_memory_mib: -3"},
      {[](A& a) { a.mutable_predictions()->set_tokens_per_s(1.0 / 0.0); }, "predictions.tokens_per_s: inf"},
      {[](A& a) { a.mutable_predictions()->set_tokens_per_s(1e300); },
       "predictions.tokens_per_s: 1e+300 is not in 1e-06 to 1e+15"},
      {[](A& a) { a.mutable_predictions()->set_peak_memory_mib(1e-9); },
       "predictions.peak_memory_mib: 1e-09 is not in"},
  };
  for (const auto& [breaks, message] : cases) {
    v1::DesignAnswer answer = SomeAnswer();
    breaks(answer);
    const absl::Status status = ValidateAnswer(Question(), answer);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

TEST(AnswerTest, MissingPredictionsAreNoError) {
  v1::DesignAnswer answer = SomeAnswer();
  answer.clear_predictions();
  answer.clear_rationale();
  EXPECT_TRUE(ValidateAnswer(Question(), answer).ok());
}

TEST(ScenarioOfTest, TakesThePlanFromTheAnswerAndAllElseFromTheQuestion) {
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(Question(), Plan(2, 1, 2, 4, 2));
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->name(), "four-ranks/dp2-tp1-pp2 mb4x2");
  EXPECT_EQ(scenario->plan().pp(), 2);
  EXPECT_EQ(scenario->model().layers(), 4);  // of the preset
  EXPECT_EQ(scenario->run().steps(), 4);
  EXPECT_EQ(scenario->cluster().devices_per_node(), 4);
}

TEST(ScenarioOfTest, DefaultsSpelledOutGiveTheSameScenario) {
  v1::ParallelPlan terse;
  terse.set_dp(4);
  terse.set_micro_batch(4);
  EXPECT_EQ(ScenarioOf(Question(), terse)->SerializeAsString(),
            ScenarioOf(Question(), Plan(4, 1, 1, 4, 1))->SerializeAsString());
}

TEST(ScenarioOfTest, PlansThatDifferAreNamedApart) {
  v1::ParallelPlan plan = Plan(2, 1, 2, 4, 2);
  plan.set_schedule(v1::SCHEDULE_GPIPE);
  plan.add_overlap(v1::OVERLAP_GRAD_REDUCE);
  plan.set_bucket_mib(0.5);
  EXPECT_EQ(PlanName(plan), "dp2-tp1-pp2 mb4x2 gpipe overlap bucket 0.5");
}

TEST(ScenarioOfTest, ConstraintsAreKept) {
  v1::DesignQuestion question = Question();
  question.mutable_constraints()->set_max_micro_batch(4);
  const std::pair<v1::ParallelPlan, const char*> cases[] = {
      {Plan(2, 1, 1, 4, 2), "must give the question's 4 ranks"},
      {Plan(8, 1, 1, 2, 1), "must give the question's 4 ranks"},
      {Plan(4, 1, 1, 2, 1), "global batch of 16"},
      {Plan(2, 2, 1, 8, 1), "limit of 4"},
      {Plan(1, 1, 4, 0, 16), "global batch of 16"},
      {Plan(1 << 30, 1 << 30, 16, 1, 16), "must give the question's 4 ranks"},
      {Plan(-2, -2, 1, 4, 1), "must give the question's 4 ranks"},
  };
  for (const auto& [plan, message] : cases) {
    const absl::Status status = ScenarioOf(question, plan).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << PlanName(plan);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << PlanName(plan);
  }
}

TEST(LoadAnswersTest, AListIsReadAnswerByAnswer) {
  const std::string path = ::testing::TempDir() + "/answers.yaml";
  std::ofstream(path) << "# a list\nanswers:\n"
                         "  - {candidate: ada, plan: {dp: 4}}\n"
                         "  - {plan: {dp: 4}, predictions: {tokens_per_s: -1}}\n";
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  const std::vector<ReadAnswer> read = LoadAnswers(question, path);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_TRUE(read[0].status.ok()) << read[0].status;
  EXPECT_EQ(read[0].answer.candidate(), "ada");
  EXPECT_EQ(read[1].answer.candidate(), "answer 2");
  EXPECT_THAT(std::string(read[1].status.message()), HasSubstr("answers[1]: predictions.tokens_per_s"));
  std::ofstream(path) << "answers: 7\n";
  EXPECT_FALSE(LoadAnswers(question, path).at(0).status.ok());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ringside::evaluator
