#include "evaluator/bank/own_answers.h"

#include <optional>

#include "evaluator/theory/grade_answer.h"

namespace ringside::evaluator {

std::function<v1::TheoryGrade(const v1::TheoryQuestion&, std::string_view)> GradeByTheTextGrader() {
  return [of = std::optional<theory::PreparedQuestion>()](const v1::TheoryQuestion& question,
                                                          std::string_view answer) mutable {
    if (!of || of->question().id() != question.id()) of.emplace(question);
    return theory::GradeAnswer(*of, answer, "the bank");
  };
}

}  // namespace ringside::evaluator
