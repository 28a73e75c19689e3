#include "evaluator/cohort/grader.h"

#include <gmock/gmock.h>

namespace ringside::cohort {
namespace {

using testing::HasSubstr;

v1::CohortAnswer Answer(const std::string& question, const std::string& text) {
  v1::CohortAnswer answer;
  answer.set_id("a");
  answer.set_candidate("c1");
  answer.set_question(question);
  answer.set_text(text);
  answer.set_mark(0.75);
  return answer;
}

TEST(CohortGrader, GradesWordsByTheBank) {
  const evaluator::Bank& bank = evaluator::EmbeddedBank();
  CohortGrader grader(bank, nullptr);
  const v1::TheoryQuestion& question = bank.theory().front();
  std::string reference;
  for (const v1::ReferencePoint& point : question.points()) reference += point.text() + " ";
  const v1::CohortGrade good = grader.Grade(Answer(question.id(), reference));
  EXPECT_EQ(good.error(), "");
  EXPECT_GT(good.score(), 0.7);
  EXPECT_EQ(good.mark(), 0.75);
  EXPECT_GT(good.words(), 10);
  EXPECT_EQ(good.grader(), GraderFingerprint(question));
  const v1::CohortGrade empty = grader.Grade(Answer(question.id(), ""));
  EXPECT_EQ(empty.score(), 0);
  EXPECT_EQ(grader.Grade(Answer(question.id(), reference)).SerializeAsString(), good.SerializeAsString());
}

TEST(CohortGrader, SaysWhyAnAnswerCannotBeGraded) {
  const evaluator::Bank& bank = evaluator::EmbeddedBank();
  CohortGrader grader(bank, nullptr);
  EXPECT_THAT(grader.Grade(Answer("no-such-question", "x")).error(),
              HasSubstr("there is no \"no-such-question\""));
  v1::CohortAnswer design = Answer(bank.theory().front().id(), "");
  design.mutable_design()->mutable_plan()->set_dp(2);
  EXPECT_THAT(grader.Grade(design).error(), HasSubstr("is answered in words"));
  EXPECT_THAT(grader.Grade(Answer(bank.design().front().id(), "x")).error(),
              HasSubstr("is answered by a design"));
  design.set_question(bank.design().front().id());
  EXPECT_EQ(grader.Grade(design).error(), "designs are not graded here");
}

TEST(CohortGrader, ChangesItsFingerprintWithTheQuestion) {
  v1::TheoryQuestion question = evaluator::EmbeddedBank().theory().front();
  const std::string before = GraderFingerprint(question);
  EXPECT_EQ(before, GraderFingerprint(question));
  question.mutable_points(0)->set_weight(17);
  EXPECT_NE(before, GraderFingerprint(question));
}

}  // namespace
}  // namespace ringside::cohort
