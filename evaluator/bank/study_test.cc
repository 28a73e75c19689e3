#include "evaluator/bank/study.h"

#include "evaluator/bank/testing.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> IdsOf(const std::vector<const v1::Topic*>& topics) {
  std::vector<std::string> ids;
  for (const v1::Topic* topic : topics) ids.push_back(topic->id());
  return ids;
}

// Eleven topics would hide the rule: a needs nothing, b needs a, c nothing, d needs b by way of a topic that
// is known well.
Bank FiveTopics() {
  std::string text = "topics:\n";
  int number = 1;
  for (const char* topic : {"a", "b|a", "c", "e|b", "d|e"}) {
    const std::string all = topic;
    text += fmt::format("  - {{id: {}, number: {}, needs: [{}]}}\n", all.substr(0, 1), number++,
                        all.size() > 1 ? all.substr(2) : "");
  }
  text +=
      "self_assessment:\n  levels: [x, x, x, x, x]\n  bands:\n    - {from: 5, to: 14, advice: low}\n"
      "    - {from: 15, to: 25, advice: high}\n";
  return *Bank::Parse({{BankPart::kCurriculum, "c.yaml", text}});
}

TEST(AssessTest, WeakTopicsComeAfterTheWeakTopicsTheyNeed) {
  const Bank bank = FiveTopics();
  // a b c e d: d is the weakest and waits for b, though only e stands between them.
  const auto assessment = Assess(bank, {3, 2, 3, 5, 1});
  ASSERT_TRUE(assessment.ok()) << assessment.status();
  EXPECT_EQ(assessment->sum, 14);
  EXPECT_EQ(assessment->band->advice(), "low");
  EXPECT_THAT(IdsOf(assessment->weak), ElementsAre("a", "b", "d", "c"));
}

TEST(AssessTest, WithoutNeedsTheWeakestIsFirstAndTiesGoByNumber) {
  const Bank bank = FiveTopics();
  EXPECT_THAT(IdsOf(Assess(bank, {3, 5, 1, 5, 5})->weak), ElementsAre("c", "a"));
  EXPECT_THAT(IdsOf(Assess(bank, {3, 5, 3, 5, 5})->weak), ElementsAre("a", "c"));
  const auto strong = Assess(bank, {5, 5, 4, 5, 5});
  EXPECT_THAT(strong->weak, ElementsAre());
  EXPECT_EQ(strong->band->advice(), "high");
}

TEST(AssessTest, RatingsMustFitTheScaleAndTheTopics) {
  const Bank bank = FiveTopics();
  EXPECT_THAT(std::string(Assess(bank, {1, 2}).status().message()), HasSubstr("each of the 5 topics"));
  EXPECT_THAT(std::string(Assess(bank, {1, 2, 3, 4, 6}).status().message()), HasSubstr("6; they are 1 to 5"));
  EXPECT_THAT(std::string(Assess(bank, {0, 2, 3, 4, 5}).status().message()), HasSubstr("0; they are 1 to 5"));
}

TEST(StudyPlanTest, APathHasItsWeeksWithQuestionsAndTheirTime) {
  const Bank bank = *Bank::Parse(testing::SmallBank());
  const auto plan = PlanOfPath(bank, "short");
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->stages.size(), 2);
  EXPECT_EQ(plan->stages[0].title, "Week 1");
  ASSERT_EQ(plan->stages[0].questions.size(), 1);
  EXPECT_EQ(plan->stages[0].questions[0]->id(), "what-slope");
  EXPECT_EQ(plan->stages[0].minutes, 2);  // 90 s
  ASSERT_EQ(plan->stages[0].resources.size(), 1);
  EXPECT_EQ(plan->stages[0].resources[0]->id(), "a-book");
}

TEST(StudyPlanTest, ACompanyGoesFromDeepToBasicWithoutWhatIsRare) {
  const Bank bank = *Bank::Parse(testing::SmallBank());
  const auto peak = PlanOfCompany(bank, "peak");
  ASSERT_TRUE(peak.ok()) << peak.status();
  ASSERT_EQ(peak->stages.size(), 2);
  EXPECT_THAT(IdsOf(peak->stages[0].topics), ElementsAre("descent"));
  EXPECT_EQ(peak->stages[0].focus, "Descent: all of it");
  EXPECT_THAT(IdsOf(peak->stages[1].topics), ElementsAre("slopes"));
  EXPECT_EQ(PlanOfCompany(bank, "Dale")->stages.size(), 1);
}

TEST(StudyPlanTest, ALevelLeavesOutHarderQuestions) {
  const Bank bank = *Bank::Parse(testing::SmallBank());
  const auto questions = [&](const char* level) {
    int count = 0;
    for (const StudyStage& stage : PlanOfLevel(bank, level)->stages) count += stage.questions.size();
    return count;
  };
  EXPECT_EQ(questions("junior"), 1);
  EXPECT_EQ(questions("mid"), 2);
  EXPECT_EQ(questions("core"), 2);
  EXPECT_THAT(PlanOfLevel(bank, "junior")->stages[0].focus, HasSubstr("Will."));
}

TEST(StudyPlanTest, WhatIsNotThereIsNamedWithWhatIs) {
  const Bank bank = *Bank::Parse(testing::SmallBank());
  EXPECT_EQ(PlanOfPath(bank, "long").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(PlanOfPath(bank, "long").status().message()),
              HasSubstr("\"long\"; there are short"));
  EXPECT_THAT(std::string(PlanOfCompany(bank, "x").status().message()), HasSubstr("Peak, Dale"));
  EXPECT_THAT(std::string(PlanOfLevel(bank, "x").status().message()), HasSubstr("junior, mid, senior"));
}

TEST(StudyPlanTest, TheProgramsOwnBankHasDesignRoundsForDistributedTraining) {
  const auto plan = PlanOfLevel(EmbeddedBank(), "senior");
  ASSERT_TRUE(plan.ok()) << plan.status();
  for (const StudyStage& stage : plan->stages) {
    const bool distributed = stage.topics[0]->id() == "distributed";
    if (distributed) {
      EXPECT_EQ(stage.designs.size(), kMaxDesigns);
    }
    for (size_t i = 1; i < stage.designs.size(); ++i)
      EXPECT_LE(stage.designs[i - 1]->level(), stage.designs[i]->level());
  }
}

TEST(KeyQuestionsTest, KeyQuestionsComeFirstThenTheEasier) {
  std::string text = "questions:\n";
  for (const char* question : {"hard|advanced|fifty", "easy|foundation|fifty", "key|core|key-question"}) {
    const std::string all = question;
    const size_t one = all.find('|'), two = all.rfind('|');
    text += fmt::format("  - {{id: {}, topics: [t], level: {}, groups: [{}]}}\n", all.substr(0, one),
                        all.substr(one + 1, two - one - 1), all.substr(two + 1));
  }
  for (int i = 0; i < 5; ++i) text += fmt::format("  - {{id: more-{}, topics: [t], level: advanced}}\n", i);
  const Bank bank = *Bank::Parse({{BankPart::kTheory, "t.yaml", text},
                                  {BankPart::kCurriculum, "c.yaml", "topics: [{id: t, number: 1}]\n"}});
  std::vector<std::string> ids;
  for (const auto* question : KeyQuestions(bank, *bank.FindTopic("t"), v1::LEVEL_ADVANCED))
    ids.push_back(question->id());
  EXPECT_THAT(ids, ElementsAre("key", "easy", "hard", "more-0", "more-1", "more-2"));
}

}  // namespace
}  // namespace ringside::evaluator
