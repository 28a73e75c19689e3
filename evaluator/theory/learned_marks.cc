#include "evaluator/theory/learned_marks.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace ringside::theory {
namespace {

// Variances, found on the tables of docs/measurements/grading.md: of a question's difficulty, of what terms
// say, of what the model's mark says, and of a mark by itself.
constexpr double kQuestion = 0.05, kTerms = 0.12, kExpected = 0.04, kNoise = 0.06;
constexpr double kExpectedWidth = 0.15;

// Of an answer without evidence that anybody knows of, from kFloorMarks marks on.
constexpr double kEvidenceFloor = 0.2, kFloorMarks = 5;

double Ramp(double x, double from, double to) {
  return std::clamp((x - from) / (to - from), 0.0, 1.0);
}

// Milder than GatesOf: the marks say what an answer is worth, so that honest ones lose less by a false alarm.
double MildOrder(const Gates& gates) {
  return 1 - 0.7 * Ramp(gates.disorder, 0.8, 0.95);
}

uint64_t Hash(std::string_view text, uint64_t hash = 14695981039346656037ULL) {  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

double Kernel(const LearnedMarks::Example& a, const Bag& bag, double expected, double* likeness) {
  const double cosine = Cosine(a.bag, bag);
  *likeness = std::max(*likeness, cosine);
  const double d = (a.expected - expected) / kExpectedWidth;
  return kQuestion + kTerms * cosine + kExpected * std::exp(-0.5 * d * d);
}

// Solves m x = b for a symmetric positive definite m, in place (Cholesky).
std::vector<double> Solve(std::vector<double> m, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < j; ++k) m[j * n + j] -= m[j * n + k] * m[j * n + k];
    m[j * n + j] = std::sqrt(std::max(1e-12, m[j * n + j]));
    for (size_t i = j + 1; i < n; ++i) {
      for (size_t k = 0; k < j; ++k) m[i * n + j] -= m[i * n + k] * m[j * n + k];
      m[i * n + j] /= m[j * n + j];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= m[i * n + k] * b[k];
    b[i] /= m[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= m[k * n + i] * b[k];
    b[i] /= m[i * n + i];
  }
  return b;
}

}  // namespace

Bag BagOf(const Reading& reading) {
  Bag bag;
  uint64_t before = 0;
  float weight_before = 0;
  uint32_t sentence = 0;
  for (const ContentTerm& content : reading.content) {
    const text::Term& term = reading.document.terms[content.term];
    const uint64_t hash = Hash(term.key, content.negated ? 7 : 14695981039346656037ULL);
    const float weight = content.weight * (content.in_prompt ? 0.5F : 1.0F);
    bag.emplace_back(hash, weight);
    if (before != 0 && sentence == content.sentence)
      bag.emplace_back(before * 31 + hash, 0.5F * std::min(weight, weight_before));
    before = hash;
    weight_before = weight;
    sentence = content.sentence;
  }
  std::sort(bag.begin(), bag.end());
  Bag once;
  for (const auto& [hash, weight] : bag) {
    if (once.empty() || once.back().first != hash) once.emplace_back(hash, weight);
  }
  double squares = 0;
  for (const auto& [hash, weight] : once) squares += weight * weight;
  const auto norm = static_cast<float>(squares > 0 ? 1 / std::sqrt(squares) : 0);
  for (auto& [hash, weight] : once) weight *= norm;
  return once;
}

double Cosine(const Bag& a, const Bag& b) {
  double sum = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].first < b[j].first) {
      ++i;
    } else if (a[i].first > b[j].first) {
      ++j;
    } else {
      sum += a[i].second * b[j].second;
      ++i, ++j;
    }
  }
  return sum;
}

LearnedMarks::LearnedMarks(std::vector<Example> examples) : examples_(std::move(examples)) {
  if (examples_.size() > kMaxAnswers) examples_.resize(kMaxAnswers);
  const size_t n = examples_.size();
  std::vector<double> kernel(n * n), residuals(n);
  double likeness = 0;
  for (size_t i = 0; i < n; ++i) {
    residuals[i] = examples_[i].mark - examples_[i].expected;
    for (size_t j = 0; j <= i; ++j)
      kernel[i * n + j] = kernel[j * n + i] =
          Kernel(examples_[i], examples_[j].bag, examples_[j].expected, &likeness);
    kernel[i * n + i] += kNoise;
  }
  alphas_ = Solve(std::move(kernel), std::move(residuals));
  // Twice the share of the marks that went to answers which a gate stops, shrunk by half a mark.
  double marks = 0.5, order = 0, polarity = 0, evidence = 0;
  for (const Example& example : examples_) {
    marks += example.mark;
    order += example.mark * (1 - MildOrder(example.gates));
    polarity += example.mark * (1 - example.gates.polarity);
    evidence += example.mark * (1 - example.gates.evidence);
  }
  order_floor_ = std::min(1.0, 2 * order / marks);
  polarity_floor_ = std::min(1.0, 2 * polarity / marks);
  evidence_floor_ =
      std::max(std::min(1.0, 2 * evidence / marks),
               kEvidenceFloor * std::min(1.0, static_cast<double>(examples_.size()) / kFloorMarks));
}

double LearnedMarks::Factor(const Gates& gates, double from_prompt, double likeness) const {
  const auto above = [](double floor, double gate) { return floor + (1 - floor) * gate; };
  const double evidence = std::max({gates.evidence, Ramp(likeness, 0.05, 0.15), Ramp(from_prompt, 0.1, 0.3)});
  return above(order_floor_, MildOrder(gates)) * above(polarity_floor_, gates.polarity) *
         above(evidence_floor_, evidence);
}

LearnedMarks::Correction LearnedMarks::For(const Bag& bag, double expected) const {
  Correction correction;
  for (size_t i = 0; i < examples_.size(); ++i)
    correction.mark += alphas_[i] * Kernel(examples_[i], bag, expected, &correction.likeness);
  return correction;
}

}  // namespace ringside::theory
