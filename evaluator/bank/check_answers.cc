#include "evaluator/bank/check_parts.h"
#include "fmt/format.h"

namespace ringside::evaluator::bank_check {
namespace {

const v1::PointGrade* GradeOf(const v1::TheoryGrade& grade, const std::string& point) {
  for (const v1::PointGrade& candidate : grade.points()) {
    if (candidate.point() == point) return &candidate;
  }
  return nullptr;
}

}  // namespace

void CheckOwnAnswers(const v1::TheoryQuestion& question, const std::string& path,
                     const BankCheckOptions& options, Report* report) {
  const v1::TheoryGrade whole = options.grade(question, ReferenceAnswer(question));
  if (!whole.error().empty()) {
    report->Error(path, fmt::format("cannot be graded: {}", whole.error()));
    return;
  }
  if (whole.score() < options.full_mark) {
    std::string missing;
    for (const v1::PointGrade& point : whole.points()) {
      if (point.earned() < options.earned)
        missing += (missing.empty() ? "; not earned: " : ", ") + point.point();
    }
    report->Error(path + ".points", fmt::format("its own full answer scores {:.2f}, below {:.2f}{}",
                                                whole.score(), options.full_mark, missing));
  }
  for (const v1::MisconceptionHit& hit : whole.misconceptions())
    report->Error(path + ".misconceptions",
                  fmt::format("{} is found in the question's own full answer", hit.misconception()));
  for (int i = 0; i < question.points_size(); ++i) {
    const v1::ReferencePoint& point = question.points(i);
    for (int a = 0; a < point.alternatives_size(); ++a) {
      const v1::TheoryGrade grade = options.grade(question, point.alternatives(a));
      const v1::PointGrade* const earned = GradeOf(grade, point.id());
      if (earned == nullptr || earned->earned() < options.earned)
        report->Warning(At(At(path + ".points", i, "alternatives"), a),
                        fmt::format("alone earns {:.2f} of {}", earned ? earned->earned() : 0, point.id()));
    }
  }
}

}  // namespace ringside::evaluator::bank_check
