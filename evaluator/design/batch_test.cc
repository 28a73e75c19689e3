#include "evaluator/design/batch.h"

#include <map>
#include <string>
#include <vector>

#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using testing::Plan;
using testing::SomeAnswer;
using testing::SomeQuestion;

// Says what the test gave it for a plan's tp, and counts.
class FakeRunner : public DesignRunner {
 public:
  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override {
    ++runs[scenario.name()];
    if (faster_every_run) {  // as noise may have it
      Outcome outcome = testing::SomeOutcome();
      outcome.measurement.tokens_per_s *= static_cast<double>(++run_count);
      return outcome;
    }
    const auto found = by_tp.find(scenario.plan().tp());
    return found == by_tp.end() ? testing::SomeOutcome() : found->second;
  }
  std::map<std::string, int> runs;
  std::map<int, absl::StatusOr<Outcome>> by_tp;
  bool faster_every_run = false;
  int run_count = 0;
};

class FakeFinder : public BestPlanFinder {
 public:
  absl::StatusOr<BestPlan> Find(const v1::DesignQuestion&, DesignRunner&,
                                const std::function<bool()>&) override {
    if (!status.ok()) return status;
    return testing::SomeBest();
  }
  absl::Status status;
};

v1::DesignAnswer AnswerWith(const std::string& candidate, const v1::ParallelPlan& plan) {
  v1::DesignAnswer answer = SomeAnswer(candidate);
  *answer.mutable_plan() = plan;
  return answer;
}

TEST(BatchTest, OneBadAnswerCostsOnlyItself) {
  FakeRunner runner;
  runner.by_tp[2] = absl::InternalError("rank 3 died at step 1");
  runner.by_tp[4] = testing::SomeInfeasibleOutcome();
  FakeFinder finder;
  v1::DesignAnswer malformed = SomeAnswer("malformed");
  malformed.mutable_predictions()->set_tokens_per_s(-1);
  const auto cards = GradeBatch(
      SomeQuestion(),
      {SomeAnswer("good"), malformed, AnswerWith("died", Plan(2, 2, 1, 4, 2)),
       AnswerWith("too large", Plan(1, 4, 1, 16, 1)), AnswerWith("wrong ranks", Plan(2, 1, 1, 8, 1))},
      runner, finder);
  ASSERT_TRUE(cards.ok()) << cards.status();
  ASSERT_EQ(cards->size(), 5u);
  EXPECT_EQ((*cards)[0].error(), "");
  EXPECT_THAT((*cards)[1].error(), HasSubstr("predictions.tokens_per_s"));
  EXPECT_THAT((*cards)[2].error(), HasSubstr("rank 3 died at step 1"));
  EXPECT_EQ((*cards)[3].error(), "");
  EXPECT_EQ((*cards)[3].areas(0).score(), 0);
  EXPECT_EQ((*cards)[4].error(), "");
  EXPECT_THAT((*cards)[4].areas(0).reason(), HasSubstr("must give the question's 4 ranks"));
  EXPECT_EQ((*cards)[4].total(), 0);
  EXPECT_EQ((*cards)[4].basis(), v1::ORIGIN_UNSPECIFIED);
  EXPECT_EQ((*cards)[4].areas(0).evidence(0).quantity(), "plan_is_valid");
}

TEST(BatchTest, EqualPlansAreRunOnce) {
  FakeRunner runner;
  FakeFinder finder;
  v1::ParallelPlan terse;
  terse.set_dp(4);
  terse.set_micro_batch(4);
  const auto cards = GradeBatch(
      SomeQuestion(),
      {SomeAnswer("a"), SomeAnswer("b"), AnswerWith("c", terse), AnswerWith("d", Plan(4, 1, 1, 2, 2))},
      runner, finder);
  ASSERT_TRUE(cards.ok());
  EXPECT_EQ(runner.runs, (std::map<std::string, int>{{"four-ranks/dp4-tp1-pp1 mb4x1", 1},
                                                     {"four-ranks/dp4-tp1-pp1 mb2x2", 1}}));
  EXPECT_EQ((*cards)[0].total(), (*cards)[2].total());
}

TEST(BatchTest, PlansThatCompileToTheSameProgramsShareOneRun) {
  FakeRunner runner;
  runner.faster_every_run = true;
  FakeFinder finder;
  v1::ParallelPlan a = Plan(4, 1, 1, 4, 1), b = a;
  a.set_bucket_mib(0.1000001);
  b.set_bucket_mib(0.1000002);
  const auto cards = GradeBatch(SomeQuestion(), {AnswerWith("a", a), AnswerWith("b", b)}, runner, finder);
  ASSERT_TRUE(cards.ok()) << cards.status();
  EXPECT_EQ(runner.run_count, 1);
  EXPECT_EQ((*cards)[0].total(), (*cards)[1].total());
}

TEST(BatchTest, AnAnswerThatBeatsTheBestPlanFoundChangesNoOtherAnswersScore) {
  FakeRunner runner;
  Outcome fast = testing::SomeOutcome();
  fast.measurement.tokens_per_s = 2000;  // the finder's has 1250
  runner.by_tp[2] = fast;
  FakeFinder finder;
  const auto alone = GradeBatch(SomeQuestion(), {SomeAnswer("slow")}, runner, finder);
  const auto cards = GradeBatch(SomeQuestion(), {SomeAnswer("slow"), AnswerWith("fast", Plan(2, 2, 1, 2, 4))},
                                runner, finder);
  ASSERT_TRUE(cards.ok()) << cards.status();
  EXPECT_EQ((*cards)[0].SerializeAsString(), (*alone)[0].SerializeAsString());
  EXPECT_EQ((*cards)[0].areas(1).score(), 0.8);
  EXPECT_FALSE((*cards)[0].beats_best());
  EXPECT_EQ((*cards)[1].areas(1).score(), 1);
  EXPECT_TRUE((*cards)[1].beats_best());
  EXPECT_THAT((*cards)[1].notes(1), HasSubstr("Better than the best plan that was found, by 60.0 %"));
  for (const v1::Scorecard& card : *cards) EXPECT_EQ(card.best_tokens_per_s(), 1250);
}

TEST(BatchTest, ErrorsOfTheQuestionAndTheFinderEndTheBatch) {
  FakeRunner runner;
  FakeFinder finder;
  v1::DesignQuestion question = SomeQuestion();
  question.clear_prompt();
  EXPECT_EQ(GradeBatch(question, {SomeAnswer()}, runner, finder).status().code(),
            absl::StatusCode::kInvalidArgument);
  finder.status = absl::UnavailableError("no coordinator");
  EXPECT_EQ(GradeBatch(SomeQuestion(), {SomeAnswer()}, runner, finder).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_TRUE(runner.runs.empty());
}

TEST(BatchTest, StopsWhenAskedTo) {
  FakeRunner runner;
  FakeFinder finder;
  std::vector<std::string> doing;
  BatchHooks hooks;
  hooks.progress = [&](const std::string& what) { doing.push_back(what); };
  hooks.cancelled = [&] { return doing.size() >= 2; };  // after the search and one answer
  const auto cards =
      GradeBatch(SomeQuestion(), {SomeAnswer("a\x1b"), SomeAnswer("b")}, runner, finder, hooks);
  EXPECT_EQ(cards.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(doing,
            (std::vector<std::string>{"looking for the best plan of four-ranks", "answer 1 of 2: a?"}));
}

TEST(BatchTest, NoAnswersGiveNoCards) {
  FakeRunner runner;
  FakeFinder finder;
  EXPECT_TRUE(GradeBatch(SomeQuestion(), {}, runner, finder)->empty());
}

}  // namespace
}  // namespace ringside::evaluator
