#include "evaluator/theory/fitting.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ringside::theory {
namespace {

// 1 and -1: the sign a weight must have; 0: not used.
constexpr std::array<int, kFeatures> kSigns = [] {
  std::array<int, kFeatures> signs{};
  for (Feature f :
       {kRecall, kRecallAll, kPairs, kLocal, kSubsequence, kGrams, kPrecision, kPrecisionNew, kHarmonic,
        kNumbers, kLength, kTopPoints, kNear, kCosine, kGramsRecall, kSubsequencePrecise})
    signs[f] = 1;
  for (Feature f : {kClash, kReversed, kFromPrompt, kNegations}) signs[f] = -1;
  return signs;
}();

}  // namespace

std::array<double, kFeatures> FitWeights(const std::vector<std::vector<FitRow>>& tables,
                                         const std::array<double, kFeatures>& prior, double lambda) {
  std::array<double, kFeatures> scale{};
  {
    std::array<double, kFeatures> sum{}, squares{};
    double n = 0;
    for (const auto& rows : tables) {
      for (const FitRow& row : rows) {
        ++n;
        for (size_t i = 0; i < kFeatures; ++i) {
          sum[i] += row.features[i];
          squares[i] += row.features[i] * row.features[i];
        }
      }
    }
    for (size_t i = 0; i < kFeatures; ++i)
      scale[i] = std::sqrt(std::max(0.0, squares[i] / n - sum[i] / n * sum[i] / n)) + 1e-9;
  }
  std::array<std::array<double, kFeatures>, kFeatures> a{};
  std::array<double, kFeatures> c{};
  for (size_t i = 0; i < kFeatures; ++i) a[i][i] = lambda, c[i] = lambda * prior[i] * scale[i];
  for (const auto& rows : tables) {
    std::vector<std::array<double, kFeatures + 2>> means;
    for (const FitRow& row : rows) {
      if (row.question >= means.size()) means.resize(row.question + 1);
      for (size_t i = 0; i < kFeatures; ++i) means[row.question][i] += row.features[i];
      means[row.question][kFeatures] += row.mark;
      means[row.question][kFeatures + 1] += 1;
    }
    for (auto& mean : means)
      for (size_t i = 0; i <= kFeatures; ++i) mean[i] /= std::max(1.0, mean[kFeatures + 1]);
    const double weight = 1 / static_cast<double>(rows.size());
    for (const FitRow& row : rows) {
      const auto& mean = means[row.question];
      std::array<double, kFeatures> x{};
      for (size_t i = 0; i < kFeatures; ++i) x[i] = (row.features[i] - mean[i]) / scale[i];
      const double y = row.mark - mean[kFeatures];
      for (size_t i = 0; i < kFeatures; ++i) {
        c[i] += weight * x[i] * y;
        for (size_t j = 0; j < kFeatures; ++j) a[i][j] += weight * x[i] * x[j];
      }
    }
  }
  std::array<double, kFeatures> b{};
  for (size_t i = 0; i < kFeatures; ++i) b[i] = prior[i] * scale[i];
  for (int round = 0; round < 500; ++round) {
    for (size_t i = 0; i < kFeatures; ++i) {
      if (kSigns[i] == 0) continue;
      double value = c[i] + a[i][i] * b[i];
      for (size_t j = 0; j < kFeatures; ++j) value -= a[i][j] * b[j];
      value /= a[i][i];
      b[i] = kSigns[i] > 0 ? std::max(0.0, value) : std::min(0.0, value);
    }
  }
  for (size_t i = 0; i < kFeatures; ++i) b[i] /= scale[i];
  return b;
}

Scale FitScale(const std::vector<ScaleSample>& samples) {
  constexpr double kPrior = 0.02, kLeastSlope = 0.1;
  struct Sums {
    double n = 0, x = 0, z = 0, y = 0;
    void Add(const ScaleSample& s) { n += 1, x += s.expected, z += s.length, y += s.mark; }
  };
  Sums all;
  std::vector<Sums> questions;
  for (const ScaleSample& sample : samples) {
    if (sample.question >= questions.size()) questions.resize(sample.question + 1);
    questions[sample.question].Add(sample);
    all.Add(sample);
  }
  double xx = 0, xz = 0, zz = 0, xy = 0, zy = 0;
  for (const ScaleSample& sample : samples) {
    const Sums& mean = questions[sample.question];
    const double x = sample.expected - mean.x / mean.n, z = sample.length - mean.z / mean.n,
                 y = sample.mark - mean.y / mean.n;
    xx += x * x, xz += x * z, zz += z * z, xy += x * y, zy += z * y;
  }
  Scale scale;
  const double a = xx * (1 + kPrior) + 1e-9, c = zz * (1 + kPrior) + 1e-9, b = xy + kPrior * xx + 1e-9;
  const double determinant = a * c - xz * xz;
  scale.per_length = (a * zy - xz * b) / determinant;
  scale.slope = (c * b - xz * zy) / determinant;
  if (scale.per_length < 0) scale.per_length = 0, scale.slope = b / a;
  scale.slope = std::max(kLeastSlope, scale.slope);
  scale.mean_length = all.z / all.n;
  scale.offset = all.y / all.n - scale.slope * all.x / all.n;
  return scale;
}

std::vector<Knot> FitKnots(std::vector<FitSample> samples, size_t most) {
  std::sort(samples.begin(), samples.end(),
            [](const FitSample& a, const FitSample& b) { return a.sum < b.sum; });
  // Bins of equal weight, made to rise by pooling.
  double total = 0;
  for (const FitSample& sample : samples) total += sample.weight;
  struct Bin {
    double sum = 0, mark = 0, weight = 0, error = 0;
  };
  std::vector<Bin> bins(1);
  double taken = 0;
  for (const FitSample& sample : samples) {
    if (taken >= total * static_cast<double>(bins.size()) / static_cast<double>(most)) bins.emplace_back();
    bins.back().sum += sample.weight * sample.sum;
    bins.back().mark += sample.weight * sample.mark;
    bins.back().weight += sample.weight;
    taken += sample.weight;
  }
  for (size_t i = 1; i < bins.size();) {
    if (bins[i].mark / bins[i].weight > bins[i - 1].mark / bins[i - 1].weight) {
      ++i;
      continue;
    }
    bins[i - 1].sum += bins[i].sum;
    bins[i - 1].mark += bins[i].mark;
    bins[i - 1].weight += bins[i].weight;
    bins.erase(bins.begin() + static_cast<std::ptrdiff_t>(i));
    if (i > 1) --i;
  }
  std::vector<Knot> knots;
  for (const Bin& bin : bins) knots.push_back({bin.sum / bin.weight, bin.mark / bin.weight, 0});
  std::vector<double> weights(knots.size(), 0);
  for (const FitSample& sample : samples) {
    size_t nearest = 0;
    for (size_t i = 1; i < knots.size(); ++i)
      if (std::abs(knots[i].sum - sample.sum) < std::abs(knots[nearest].sum - sample.sum)) nearest = i;
    knots[nearest].error += sample.weight * std::abs(sample.mark - knots[nearest].mark);
    weights[nearest] += sample.weight;
  }
  for (size_t i = 0; i < knots.size(); ++i) knots[i].error /= std::max(1e-12, weights[i]);
  return knots;
}

}  // namespace ringside::theory
