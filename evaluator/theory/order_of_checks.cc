#include "evaluator/theory/order_of_checks.h"

#include <fmt/format.h>

namespace ringside::theory {

OrderOfChecks CheckOrder(const v1::TheoryQuestion& question, const v1::TheoryGrade& grade) {
  constexpr double kSaid = 0.25;
  OrderOfChecks checks;
  for (int i = 0; i < grade.points_size(); ++i) {
    for (int j = 0; j < grade.points_size(); ++j) {
      const v1::ReferencePoint& first = question.points(i);
      const v1::ReferencePoint& second = question.points(j);
      if (first.order() <= 0 || second.order() <= first.order()) continue;
      const v1::PointGrade& a = grade.points(i);
      const v1::PointGrade& b = grade.points(j);
      if (a.earned() < kSaid || b.earned() < kSaid || a.spans().empty() || b.spans().empty()) continue;
      ++checks.pairs;
      if (a.spans(0).begin() <= b.spans(0).begin()) continue;
      if (checks.wrong++ == 0)
        checks.notes.push_back(
            fmt::format("Order of the checks: \"{}\" comes before \"{}\".", first.text(), second.text()));
    }
  }
  return checks;
}

}  // namespace ringside::theory
