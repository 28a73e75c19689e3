#include "evaluator/theory/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace ringside::theory {
namespace {

constexpr uint32_t kGap = 3;  // content terms that one span may bridge
constexpr size_t kShownTerms = 6;

// Stretches of the answer that hold the positions.
template <typename Spans>
void AddSpans(const Measured& answer, const std::vector<uint32_t>& positions, Spans* spans) {
  const auto& content = answer.reading.content;
  const auto& document = answer.reading.document;
  uint32_t last = 0;
  for (const uint32_t position : positions) {
    const text::Range tokens = document.terms[content[position].term].tokens;
    const auto begin = static_cast<int32_t>(document.tokens[tokens.begin].begin);
    const auto end = static_cast<int32_t>(document.tokens[tokens.end - 1].end);
    const bool joins =
        !spans->empty() && position <= last + kGap && content[position].sentence == content[last].sentence;
    v1::Span* span = joins ? spans->Mutable(spans->size() - 1) : spans->Add();
    if (!joins) span->set_begin(begin);
    span->set_end(std::max(end, span->end()));
    last = position;
  }
}

std::string Listed(const PreparedParts& question, const Wording& wording, const Alignment& alignment,
                   bool found) {
  std::string listed;
  size_t shown = 0;
  std::vector<uint32_t> already;
  for (size_t i = 0; i < wording.terms.size(); ++i) {
    if (alignment.found.size() <= i || alignment.found[i] != found) continue;
    const uint32_t entry = wording.terms[i].entry;
    if (std::find(already.begin(), already.end(), entry) != already.end()) continue;
    already.push_back(entry);
    if (++shown > kShownTerms) return listed + ", ...";
    listed += (listed.empty() ? "" : ", ") + question.lexicon.entries()[entry].shown;
  }
  return listed;
}

std::string Reason(const PreparedParts& question, const Wording& wording, const Alignment& alignment,
                   double earned, bool contrary) {
  const std::string missing = Listed(question, wording, alignment, false);
  if (contrary) return "The words are there, but the contrary is said.";
  if (alignment.positions.empty() || earned <= 0) return fmt::format("Not said; missing: {}.", missing);
  const std::string found = Listed(question, wording, alignment, true);
  if (missing.empty()) return fmt::format("Said: {}.", found);
  return fmt::format("Found: {}; missing: {}.", found, missing);
}

double Ramp(double x, double from, double to) {
  return std::clamp((x - from) / (to - from), 0.0, 1.0);
}

}  // namespace

void GradePoints(const PreparedParts& question, const Measured& answer, const Gates& gates,
                 v1::TheoryGrade* grade) {
  for (size_t p = 0; p < answer.points.size(); ++p) {
    const Alignment& a = answer.points[p].alignment;
    const Wording& wording = question.points[p].wordings[answer.points[p].wording];
    const double said = 0.7 * a.recall_discounted + 0.3 * std::min(1.0, 1.5 * a.pairs);
    const double contrary = std::min(1.0, 3 * a.clash * Ramp(a.recall, 0.4, 0.8));
    const double earned = Ramp(said, 0.12, 0.75) * (1 - contrary) * gates.order;
    v1::PointGrade* point = grade->add_points();
    point->set_point(question.question.points(static_cast<int>(p)).id());
    point->set_earned(earned < 0.05 ? 0 : earned);
    point->set_weight(question.points[p].weight);
    point->set_reason(Reason(question, wording, a, point->earned(), contrary >= 0.5));
    if (point->earned() > 0) AddSpans(answer, a.positions, point->mutable_spans());
  }
}

void FindMisconceptions(const PreparedParts& question, const Measured& answer, const Gates& gates,
                        v1::TheoryGrade* grade) {
  if (gates.order < 0.5) return;
  for (size_t m = 0; m < question.misconceptions.size(); ++m) {
    Alignment made;
    double best = 0;
    for (const Wording& wording : question.misconceptions[m].wordings) {
      Alignment alignment = Align(wording, question.lexicon, answer.reading);
      const double said = alignment.clash > 0.15
                              ? 0
                              : std::min({alignment.recall, alignment.local + 0.1, 0.35 + alignment.pairs});
      if (said <= best) continue;
      best = said;
      made = std::move(alignment);
    }
    if (best < 0.72) continue;
    // The same words may say a point of the reference as well or better.
    double right = 0;
    for (const PointAlignment& point : answer.points) {
      const Alignment& a = point.alignment;
      size_t shared = 0;
      for (const uint32_t position : made.positions)
        shared += std::binary_search(a.positions.begin(), a.positions.end(), position);
      if (shared * 2 < made.positions.size() || a.clash > 0.1) continue;
      right = std::max(right, std::min({a.recall, a.local + 0.1, 0.35 + a.pairs}));
    }
    if (right >= best - 0.02) continue;
    const v1::Misconception& misconception = question.question.misconceptions(static_cast<int>(m));
    v1::MisconceptionHit* hit = grade->add_misconceptions();
    hit->set_misconception(misconception.id());
    hit->set_correction(misconception.correction());
    const double penalty = misconception.has_penalty() ? misconception.penalty() : 0.1;
    hit->set_penalty(penalty * (answer.screening.hedged ? 0.5 : 1));
    AddSpans(answer, made.positions, hit->mutable_spans());
    for (const std::string& voided : misconception.voids()) {
      for (v1::PointGrade& point : *grade->mutable_points()) {
        if (point.point() != voided || point.earned() <= 0) continue;
        point.set_earned(0);
        point.set_reason(fmt::format("Lost: {}", misconception.correction()));
        hit->add_voided(voided);
      }
    }
  }
}

}  // namespace ringside::theory
