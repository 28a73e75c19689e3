#include "evaluator/theory/features.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "evaluator/theory/fluency.h"
#include "evaluator/theory/letter_grams.h"

namespace ringside::theory {
namespace {

double Worth(const Alignment& alignment) {
  return 0.5 * alignment.recall_discounted + 0.2 * alignment.recall + 0.3 * alignment.pairs -
         0.1 * alignment.clash;
}

}  // namespace

std::vector<PointAlignment> AlignPoints(const PreparedParts& question, const Reading& reading) {
  std::vector<PointAlignment> points(question.points.size());
  for (size_t p = 0; p < points.size(); ++p) {
    double best = -1;
    for (size_t w = 0; w < question.points[p].wordings.size(); ++w) {
      Alignment alignment = Align(question.points[p].wordings[w], question.lexicon, reading);
      const double worth = Worth(alignment);
      if (worth <= best) continue;
      best = worth;
      points[p] = {w, std::move(alignment)};
    }
  }
  return points;
}

Features Measure(const PreparedParts& question, const Reading& reading,
                 const std::vector<PointAlignment>& points) {
  Features f{};
  if (points.empty()) return f;
  f[kWorstPoint] = 1;
  std::vector<uint32_t> reference;
  double reference_terms = 0, reference_negated = 0, wordings = 0;
  for (size_t p = 0; p < points.size(); ++p) {
    const double weight = question.points[p].weight;
    const Alignment& a = points[p].alignment;
    const Wording& wording = question.points[p].wordings[points[p].wording];
    f[kRecall] += weight * a.recall_discounted;
    f[kRecallAll] += weight * a.recall;
    f[kPairs] += weight * a.pairs;
    f[kLocal] += weight * a.local;
    f[kSubsequence] += weight * a.subsequence;
    f[kClash] += weight * a.clash * a.recall;
    f[kReversed] += weight * a.reversed;
    f[kNumbers] += weight * a.numbers;
    f[kPointsHalf] += weight * (a.recall_discounted >= 0.5);
    f[kBestPoint] = std::max(f[kBestPoint], a.recall_discounted);
    f[kWorstPoint] = std::min(f[kWorstPoint], a.recall_discounted);
    reference.insert(reference.end(), wording.grams.begin(), wording.grams.end());
    for (const WordingTerm& term : wording.terms) {
      ++reference_terms;
      reference_negated += term.negated;
    }
    wordings += weight * static_cast<double>(question.points[p].wordings.size());
  }
  if (f[kRecallAll] > 0) f[kClash] /= f[kRecallAll];
  std::sort(reference.begin(), reference.end());
  reference.erase(std::unique(reference.begin(), reference.end()), reference.end());
  const std::vector<uint32_t> grams = LetterGrams(reading.document, reading.struck);
  f[kGrams] = GramSimilarity(grams, reference);

  double known = 0, fresh = 0, fresh_known = 0, prompt = 0, negated = 0;
  for (const ContentTerm& term : reading.content) {
    const double similarity = term.similarity >= 0.55F ? term.similarity : 0;
    known += term.weight * similarity;
    negated += term.negated;
    if (term.in_prompt) {
      prompt += term.weight;
    } else {
      fresh += term.weight;
      fresh_known += term.weight * similarity;
    }
  }
  const double count = static_cast<double>(reading.content.size());
  if (reading.mass > 0) {
    f[kPrecision] = known / reading.mass;
    f[kFromPrompt] = prompt / reading.mass;
  }
  if (fresh > 0) f[kPrecisionNew] = fresh_known / fresh;
  if (f[kRecall] + f[kPrecisionNew] > 0)
    f[kHarmonic] = 2 * f[kRecall] * f[kPrecisionNew] / (f[kRecall] + f[kPrecisionNew]);
  f[kNegations] = std::abs((count > 0 ? negated / count : 0) -
                           (reference_terms > 0 ? reference_negated / reference_terms : 0));
  f[kLength] = std::min(0.0, std::log((reading.mass + 0.5) / (question.wording_mass + 0.5)));
  f[kReferenceMass] = std::log1p(question.wording_mass);
  f[kGivenAway] = question.given_away;
  f[kWordings] = std::log(std::max(1.0, wordings));
  f[kTopPoints] = f[kRecall];
  if (question.asked > 0 && question.asked < points.size()) {
    std::vector<double> recalls;
    for (const PointAlignment& point : points) recalls.push_back(point.alignment.recall_discounted);
    std::sort(recalls.rbegin(), recalls.rend());
    const auto asked = static_cast<std::ptrdiff_t>(question.asked);
    f[kTopPoints] = std::max(f[kRecall], std::accumulate(recalls.begin(), recalls.begin() + asked, 0.0) /
                                             static_cast<double>(asked));
  }
  double matched = 0, matched_new = 0, common = 0;
  for (size_t p = 0; p < points.size(); ++p) {
    matched += points[p].alignment.matched;
    matched_new += points[p].alignment.matched_new;
    common += static_cast<double>(points[p].alignment.common);
    f[kNear] += question.points[p].weight * points[p].alignment.near;
  }
  f[kMatched] = std::log1p(matched);
  f[kMatchedNew] = std::log1p(matched_new);
  if (reading.mass > 0 && question.wording_mass > 0)
    f[kCosine] = std::min(1.0, matched / std::sqrt(reading.mass * question.wording_mass));
  if (count + reference_terms > 0)
    f[kSubsequencePrecise] = std::min(1.0, 2 * common / (count + reference_terms));
  f[kGramsRecall] = GramRecall(grams, reference);
  f[kFluency] = Fluency(reading.document, reading.struck);
  return f;
}

}  // namespace ringside::theory
