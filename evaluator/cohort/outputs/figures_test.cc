#include "evaluator/cohort/outputs/figures.h"

#include <cmath>

#include "evaluator/cohort/outputs/testing.h"
#include "evaluator/cohort/outputs/walk.h"

namespace ringside::cohort {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Figures : public InCohort {
 protected:
  CohortFigures Compute() {
    auto figures = ComputeFigures(*store_, nullptr);
    EXPECT_TRUE(figures.ok()) << figures.status();
    return *std::move(figures);
  }
};

TEST_F(Figures, AgreementIsOverWhatWasGradedAndMarked) {
  for (int i = 0; i < 8; ++i)
    Put("a" + std::to_string(i), std::string(i + 1, 'x'), "q", "words", i / 8.0, i / 8.0);
  Put("bad", "somebody", "q", "words", 0, 1.0, "cannot");
  Put("unmarked", "someone-else", "q", "words", 0.4);
  const CohortFigures figures = Compute();
  EXPECT_EQ(figures.agreement.count(), 8);
  EXPECT_NEAR(figures.agreement.pearson(), 1, 1e-9);
  EXPECT_EQ(figures.marked_errors, 1);
  EXPECT_EQ(figures.agreement_by_question.at("q").count(), 8);
  EXPECT_EQ(figures.items.errors, 1);
  EXPECT_EQ(figures.items.answers, 10);
}

TEST_F(Figures, CountsMarksInTheirBins) {
  Put("a", "x", "q1", "t", 1.0);
  Put("b", "x", "q2", "t", 0.0);
  Put("c", "yy", "q1", "t", 0.999);
  Put("d", "yy", "q2", "t", 0, std::nullopt, "cannot");
  const CohortFigures figures = Compute();
  EXPECT_EQ(figures.answer_scores[kBins - 1], 2);
  EXPECT_EQ(figures.answer_scores[0], 1);  // the error is no score
  EXPECT_EQ(figures.candidate_marks[10], 1);
  EXPECT_EQ(figures.candidate_marks[9], 1);
}

TEST_F(Figures, MostPressingAnswersComeFirst) {
  v1::CohortGrade weak, shouting;
  weak.mutable_theory()->add_flags(v1::ANSWER_FLAG_LOW_EVIDENCE);
  weak.mutable_theory()->set_confidence(0.2);
  shouting.mutable_theory()->add_flags(v1::ANSWER_FLAG_INSTRUCTIONS);
  PutGrade("weak", "x", "q", "t", std::nullopt, weak);
  PutGrade("shouting", "xx", "q", "t", std::nullopt, shouting);
  Put("far", "xxx", "q", "t", 0.1, 0.9);
  Put("fine", "xxxx", "q", "t", 0.8, 0.9);
  Put("broken", "xxxxx", "q", "t", 0, std::nullopt, "not UTF-8");
  const CohortFigures figures = Compute();
  std::vector<std::string> ids;
  for (const Attention& answer : figures.attention) ids.push_back(answer.id);
  EXPECT_THAT(ids, ElementsAre("broken", "shouting", "far", "weak"));
  EXPECT_EQ(figures.attention_total, 4);
  EXPECT_THAT(figures.attention[0].reason, HasSubstr("not UTF-8"));
}

TEST_F(Figures, KeepsABoundedListOfWhatToLookAt) {
  for (int i = 0; i < 500; ++i) Put("e" + std::to_string(i), "x", "q", "t", 0, std::nullopt, "cannot");
  const CohortFigures figures = Compute();
  EXPECT_EQ(figures.attention.size(), kMaxAttention);
  EXPECT_EQ(figures.attention_total, 500);
}

TEST_F(Figures, FindsSharedTextUnderAnonymousNames) {
  const std::string shared =
      "Every rank keeps a full copy of the model and sums the gradients of all the others before it takes a "
      "step";
  Put("ada/q", "ada", "q", shared + " so they stay equal", 0.5);
  Put("b2", "barbara", "q", shared + " and nothing else moves", 0.5);
  Put("c3", "kurt", "q",
      "Tensors are cut along their columns so that each device multiplies its own share of them", 0.5);
  const CohortFigures figures = Compute();
  ASSERT_EQ(figures.similar.size(), 1u);
  EXPECT_EQ(figures.similar[0].first, "c-3/q");  // the folder's id without the name in it
  EXPECT_EQ(figures.similar[0].candidate_of_first, "c-3");
  EXPECT_EQ(figures.similar[0].second, "b2");
}

TEST_F(Figures, AnEmptyCohortHasNone) {
  const CohortFigures figures = Compute();
  EXPECT_EQ(figures.items.answers, 0);
  EXPECT_TRUE(std::isnan(figures.agreement.pearson()));
  EXPECT_TRUE(figures.similar.empty());
}

TEST(SafeName, IsAFileNameAndTellsNamesApart) {
  EXPECT_EQ(SafeName("c0a1b2-x_9"), "c0a1b2-x_9");
  EXPECT_THAT(SafeName("../../etc/passwd"), testing::MatchesRegex("[A-Za-z0-9_-]+"));
  EXPECT_NE(SafeName("a/b"), SafeName("a b"));
  EXPECT_NE(SafeName(""), "");
  EXPECT_LT(SafeName(std::string(1000, 'x')).size(), 100u);
}

}  // namespace
}  // namespace ringside::cohort
