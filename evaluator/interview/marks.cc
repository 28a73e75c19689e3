#include "evaluator/interview/marks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "evaluator/interview/rules.h"

namespace ringside::evaluator {

std::string AllAnswers(const v1::AskedQuestion& question) {
  std::string all;
  for (const v1::AnswerPart& part : question.parts()) {
    if (!part.answer().empty()) all += (all.empty() ? "" : "\n") + part.answer();
  }
  return all;
}

double HintPrice(const v1::AskedQuestion& question) {
  return question.hints().empty() ? 0 : question.hints().rbegin()->price();
}

void MarkAnswer(const v1::TheoryQuestion& reference, const AnswerGrader& grader,
                v1::AskedQuestion* question) {
  const auto answered = std::count_if(question->parts().begin(), question->parts().end(),
                                      [](const v1::AnswerPart& part) { return !part.answer().empty(); });
  if (answered == 0) return;
  v1::TheoryGrade grade = grader(reference, AllAnswers(*question));
  const double now = std::clamp(grade.score(), 0.0, 1.0);
  const double before = answered == 1 ? 0 : std::clamp(question->grade().score(), 0.0, 1.0);
  const double share = (answered == 1 ? 1.0 : kFollowUpShare) * (1 - HintPrice(*question));
  const double score =
      now >= before ? question->score() + share * (now - before) : std::min(question->score(), now);
  question->set_score(std::clamp(score, 0.0, 1.0));
  if (answered == 1) *question->mutable_first_grade() = grade;
  *question->mutable_grade() = std::move(grade);
}

bool CountsForScore(const v1::AskedQuestion& question) {
  return question.end() == v1::QUESTION_END_ANSWERED || question.end() == v1::QUESTION_END_SKIPPED;
}

double LevelWeight(v1::Level level) {
  if (level == v1::LEVEL_ADVANCED) return 1.5;
  return level == v1::LEVEL_CORE ? 1.25 : 1.0;
}

}  // namespace ringside::evaluator
