// The bank's own answers, by the text grader: a full answer must earn full marks, each wording its point.
#include "evaluator/bank/own_answers.h"

#include "evaluator/bank/bank.h"
#include "evaluator/bank/check.h"
#include "evaluator/bank/testing.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

TEST(OwnAnswersTest, FullAnswersOfTheBankScoreFullMarks) {
  BankCheckOptions options;
  options.grade = GradeByTheTextGrader();
  int warnings = 0;
  for (const BankFinding& finding : CheckBank(EmbeddedBankSources(), options)) {
    EXPECT_TRUE(finding.warning) << ToString(finding);
    warnings += finding.warning;
  }
  // For their authors to look at: a wording alone, a prompt or a contrary that the grader cannot tell.
  EXPECT_LT(warnings, EmbeddedBank().theory().size() / 10);
}

TEST(OwnAnswersTest, AnAnswerToAnotherQuestionEarnsNothing) {
  const Bank bank = *Bank::Parse(testing::SmallBank());
  const auto grade = GradeByTheTextGrader();
  const v1::TheoryQuestion& slope = *bank.FindTheory("what-slope");
  const v1::TheoryQuestion& steep = *bank.FindTheory("why-steep");
  EXPECT_GE(grade(slope, ReferenceAnswer(slope)).score(), 0.8);
  EXPECT_LE(grade(steep, ReferenceAnswer(slope)).score(), 0.2);
  EXPECT_GE(grade(slope, ReferenceAnswer(slope)).score(), 0.8);
}

}  // namespace
}  // namespace ringside::evaluator
