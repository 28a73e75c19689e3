#include "evaluator/debugging/testing.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"

namespace ringside::evaluator::testing {
namespace {

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

// Where `words` stand in the answer; npos: nowhere.
size_t Find(const std::string& answer, const std::string& words) {
  return answer.find(Lower(words));
}

}  // namespace

v1::TheoryGrade GradeByWords(const v1::TheoryQuestion& question, std::string_view answer) {
  const std::string said = Lower(answer);
  v1::TheoryGrade grade;
  grade.set_question(question.id());
  std::vector<std::string> voided;
  for (const v1::Misconception& misconception : question.misconceptions()) {
    const size_t at = Find(said, misconception.claim());
    if (at == std::string::npos) continue;
    v1::MisconceptionHit& hit = *grade.add_misconceptions();
    hit.set_misconception(misconception.id());
    hit.set_correction(misconception.correction());
    v1::Span& span = *hit.add_spans();
    span.set_begin(static_cast<int>(at));
    span.set_end(static_cast<int>(at + misconception.claim().size()));
    voided.insert(voided.end(), misconception.voids().begin(), misconception.voids().end());
  }
  double earned = 0, all = 0;
  for (const v1::ReferencePoint& point : question.points()) {
    const double weight = point.has_weight() ? point.weight() : 1;
    v1::PointGrade& result = *grade.add_points();
    result.set_point(point.id());
    result.set_weight(weight);
    all += weight;
    std::vector<std::string> wordings(point.alternatives().begin(), point.alternatives().end());
    wordings.push_back(point.text());
    for (const std::string& words : wordings) {
      const size_t at = Find(said, words);
      const bool lost = std::find(voided.begin(), voided.end(), point.id()) != voided.end();
      if (at == std::string::npos || lost || result.earned() > 0) continue;
      result.set_earned(1);
      v1::Span& span = *result.add_spans();
      span.set_begin(static_cast<int>(at));
      span.set_end(static_cast<int>(at + words.size()));
      earned += weight;
    }
  }
  grade.set_score(all > 0 ? earned / all : 0);
  grade.set_evidence(grade.score());
  if (said.find("don't know") != std::string::npos) grade.add_flags(v1::ANSWER_FLAG_NOT_KNOWN);
  return grade;
}

}  // namespace ringside::evaluator::testing
