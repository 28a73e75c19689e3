#include <cctype>
#include <set>

#include "absl/strings/ascii.h"
#include "evaluator/bank/check_parts.h"
#include "fmt/format.h"

namespace ringside::evaluator::bank_check {
namespace {

// What an answer that says nothing of its own, or the contrary, may score.
constexpr double kMaxForPrompt = 0.2;
constexpr double kMaxForNudge = 0.5;
constexpr double kMaxForContrary = 0.3;  // beside what the points without such a verb keep

const v1::PointGrade* GradeOf(const v1::TheoryGrade& grade, const std::string& point) {
  for (const v1::PointGrade& candidate : grade.points()) {
    if (candidate.point() == point) return &candidate;
  }
  return nullptr;
}

// "not" after every auxiliary verb, which makes most plain sentences say the contrary.
std::string Contrary(const std::string& answer) {
  static const auto* const kVerbs =
      new std::set<std::string>{"is",   "are", "was",  "were",  "has",  "have", "can",  "could",
                                "will", "do",  "does", "would", "must", "may",  "need", "should"};
  std::string contrary, word;
  for (const char c : answer + " ") {
    if (std::isalpha(static_cast<unsigned char>(c))) {
      word += c;
      continue;
    }
    contrary += word;
    if (kVerbs->contains(absl::AsciiStrToLower(word))) contrary += " not";
    contrary += c;
    word.clear();
  }
  return contrary;
}

// The share of the weight of points that Contrary leaves as they are.
double KeptByTheContrary(const v1::TheoryQuestion& question) {
  double kept = 0, all = 0;
  for (const v1::ReferencePoint& point : question.points()) {
    const double weight = point.has_weight() ? point.weight() : 1;
    all += weight;
    if (Contrary(point.text()) == point.text() + " ") kept += weight;
  }
  return all > 0 ? kept / all : 1;
}

void CheckFullAnswer(const v1::TheoryQuestion& question, const v1::TheoryGrade& grade,
                     const std::string& path, const BankCheckOptions& options, Report* report) {
  if (grade.score() < options.full_mark) {
    std::string missing;
    for (const v1::PointGrade& point : grade.points()) {
      if (point.earned() < options.earned)
        missing += (missing.empty() ? "; not earned: " : ", ") + point.point();
    }
    report->Error(path + ".points", fmt::format("its own full answer scores {:.2f}, below {:.2f}{}",
                                                grade.score(), options.full_mark, missing));
  }
  for (const v1::MisconceptionHit& hit : grade.misconceptions())
    report->Error(path + ".misconceptions",
                  fmt::format("{} is found in the question's own full answer", hit.misconception()));
}

void CheckWordings(const v1::TheoryQuestion& question, const std::string& path,
                   const BankCheckOptions& options, Report* report) {
  for (int i = 0; i < question.points_size(); ++i) {
    const v1::ReferencePoint& point = question.points(i);
    for (int a = 0; a < point.alternatives_size(); ++a) {
      const v1::TheoryGrade grade = options.grade(question, point.alternatives(a));
      const v1::PointGrade* const earned = GradeOf(grade, point.id());
      if (earned == nullptr || earned->earned() < options.earned)
        report->Warning(At(At(path + ".points", i) + ".alternatives", a),
                        fmt::format("alone earns {:.2f} of {}", earned ? earned->earned() : 0, point.id()));
    }
  }
}

}  // namespace

void CheckOwnAnswers(const v1::TheoryQuestion& question, const std::string& path,
                     const BankCheckOptions& options, Report* report) {
  const std::string answer = ReferenceAnswer(question);
  const v1::TheoryGrade whole = options.grade(question, answer);
  if (!whole.error().empty()) {
    report->Error(path, fmt::format("cannot be graded: {}", whole.error()));
    return;
  }
  CheckFullAnswer(question, whole, path, options, report);
  CheckWordings(question, path, options, report);
  const auto scores_at_most = [&](const std::string& text, double most, const char* what, const char* field) {
    const double score = options.grade(question, text).score();
    if (score > most)
      report->Warning(path + field, fmt::format("{}, as an answer, scores {:.2f}", what, score));
  };
  scores_at_most(question.prompt(), kMaxForPrompt, "the prompt", ".prompt");
  if (question.hints_size() > 0)
    scores_at_most(question.hints(0), kMaxForNudge, "the first hint", ".hints[0]");
  const double kept = KeptByTheContrary(question);
  if (kept < 1)
    scores_at_most(Contrary(answer), kept + kMaxForContrary, "the full answer with every verb negated",
                   ".points");
}

}  // namespace ringside::evaluator::bank_check
