// Fits data/model.txt on tables of marked answers (layout: tsv.h):
//   fit_grader TABLE.tsv... > evaluator/theory/data/model.txt
//
// Weights: least squares within questions (marks and features less their means of the question, so that
// nothing is learned from which questions are hard), every table weighing the same, every weight with the
// sign that it must have for reasons (kSigns), ridge lambda 50 per thousand. Knots: isotonic regression of
// the marks on the weighted sum, pooled. Order: logistic regression of answers and references as they are
// against the same shuffled.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"
#include "evaluator/theory/setting.h"
#include "evaluator/theory/table_answers.h"

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

struct Row {
  size_t question = 0;
  Features features{};
  double mark = 0;
};

std::vector<Row> Rows(const Table& table, const std::vector<PreparedParts>& questions) {
  std::vector<Row> rows;
  for (const TableAnswer& answer : table.answers)
    rows.push_back(
        {answer.question, MeasureAnswer(questions[answer.question], answer.text).features, answer.mark});
  return rows;
}

std::array<double, kFeatures> FitWeights(const std::vector<std::vector<Row>>& tables) {
  constexpr double kLambda = 0.05;
  std::array<double, kFeatures> scale{};
  {
    std::array<double, kFeatures> sum{}, squares{};
    double n = 0;
    for (const auto& rows : tables) {
      for (const Row& row : rows) {
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
  for (size_t i = 0; i < kFeatures; ++i) a[i][i] = kLambda;
  for (const auto& rows : tables) {
    std::vector<std::array<double, kFeatures + 2>> means;
    for (const Row& row : rows) {
      if (row.question >= means.size()) means.resize(row.question + 1);
      for (size_t i = 0; i < kFeatures; ++i) means[row.question][i] += row.features[i];
      means[row.question][kFeatures] += row.mark;
      means[row.question][kFeatures + 1] += 1;
    }
    for (auto& mean : means)
      for (size_t i = 0; i <= kFeatures; ++i) mean[i] /= std::max(1.0, mean[kFeatures + 1]);
    const double weight = 1 / static_cast<double>(rows.size());
    for (const Row& row : rows) {
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
  for (int round = 0; round < 2000; ++round) {
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

struct Sample {
  double sum = 0, mark = 0, weight = 0;
};

std::vector<Knot> FitKnots(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.sum < b.sum; });
  // Sixteen bins of equal weight, made to rise by pooling.
  double total = 0;
  for (const Sample& sample : samples) total += sample.weight;
  struct Bin {
    double sum = 0, mark = 0, weight = 0, error = 0;
  };
  std::vector<Bin> bins(1);
  double taken = 0;
  for (const Sample& sample : samples) {
    if (taken >= total * static_cast<double>(bins.size()) / 16) bins.emplace_back();
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
  for (const Sample& sample : samples) {
    size_t nearest = 0;
    for (size_t i = 1; i < knots.size(); ++i)
      if (std::abs(knots[i].sum - sample.sum) < std::abs(knots[nearest].sum - sample.sum)) nearest = i;
    knots[nearest].error += sample.weight * std::abs(sample.mark - knots[nearest].mark);
    weights[nearest] += sample.weight;
  }
  for (size_t i = 0; i < knots.size(); ++i) knots[i].error /= std::max(1e-12, weights[i]);
  return knots;
}

std::string Shuffled(const std::string& text, std::mt19937* random) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  for (size_t i = words.size(); i > 1; --i) std::swap(words[i - 1], words[(*random)() % i]);
  std::string shuffled;
  for (const std::string& word : words) shuffled += word + " ";
  return shuffled;
}

struct Order {
  OrderFeatures x{};
  double disorder = 0, weight = 0;
};

std::array<double, kOrderFeatures + 1> FitOrder(const std::vector<Order>& rows) {
  constexpr size_t n = kOrderFeatures + 1;
  OrderFeatures mean{}, deviation{};
  double total = 0;
  for (const Order& row : rows) {
    total += row.weight;
    for (size_t i = 0; i < kOrderFeatures; ++i) mean[i] += row.weight * row.x[i];
  }
  for (double& m : mean) m /= total;
  for (const Order& row : rows)
    for (size_t i = 0; i < kOrderFeatures; ++i)
      deviation[i] += row.weight * (row.x[i] - mean[i]) * (row.x[i] - mean[i]);
  for (double& d : deviation) d = std::sqrt(d / total) + 1e-9;
  std::array<double, n> b{};
  for (int round = 0; round < 30; ++round) {  // Newton
    std::array<std::array<double, n + 1>, n> m{};
    for (size_t i = 0; i < n; ++i) m[i][i] = 0.001 * total, m[i][n] = -0.001 * total * b[i];
    for (const Order& row : rows) {
      std::array<double, n> z{};
      z[0] = 1;
      for (size_t i = 0; i < kOrderFeatures; ++i) z[i + 1] = (row.x[i] - mean[i]) / deviation[i];
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += b[i] * z[i];
      const double p = 1 / (1 + std::exp(-sum));
      for (size_t i = 0; i < n; ++i) {
        m[i][n] += row.weight * z[i] * (row.disorder - p);
        for (size_t j = 0; j < n; ++j) m[i][j] += row.weight * p * (1 - p) * z[i] * z[j];
      }
    }
    for (size_t i = 0; i < n; ++i)
      for (size_t k = 0; k < n; ++k) {
        if (k == i) continue;
        const double factor = m[k][i] / m[i][i];
        for (size_t j = i; j <= n; ++j) m[k][j] -= factor * m[i][j];
      }
    for (size_t i = 0; i < n; ++i) b[i] += m[i][n] / m[i][i];
  }
  for (size_t i = 0; i < kOrderFeatures; ++i) {
    b[i + 1] /= deviation[i];
    b[0] -= b[i + 1] * mean[i];
  }
  return b;
}

int Fit(const std::vector<std::string>& paths) {
  std::vector<Table> tables;
  std::vector<std::vector<Row>> strong;
  for (const std::string& path : paths) {
    auto table = ReadTable(path);
    if (!table.ok()) return std::fprintf(stderr, "%s\n", std::string(table.status().message()).c_str()), 1;
    tables.push_back(*std::move(table));
    strong.push_back(Rows(tables.back(), PrepareAll(tables.back(), SettingOf(tables.back().questions, 1))));
  }
  const std::array<double, kFeatures> weights = FitWeights(strong);
  std::vector<Sample> samples;
  std::vector<Order> orders;
  double best = 0;
  std::mt19937 random(301);
  for (const Table& table : tables) {
    Setting setting = SettingOf(table.questions);
    const auto questions = PrepareAll(table, setting);
    const double chance = setting.chance;
    const auto sum = [&](const Features& f) {
      double s = 0;
      for (size_t i = 0; i < kFeatures; ++i) s += weights[i] * f[i];
      return s - chance;
    };
    const double share = 1 / static_cast<double>(table.answers.size());
    const double reference_share = 1 / static_cast<double>(questions.size());
    for (const TableAnswer& answer : table.answers) {
      const Measured m = MeasureAnswer(questions[answer.question], answer.text);
      samples.push_back({sum(m.features), answer.mark, share});
      orders.push_back({FeaturesOfOrder(m.features, m.words), 0, share});
      if (m.words < 4) continue;
      const Measured s = MeasureAnswer(questions[answer.question], Shuffled(answer.text, &random));
      orders.push_back({FeaturesOfOrder(s.features, s.words), 1, 0.5 * share});
    }
    for (size_t q = 0; q < questions.size(); ++q) {
      std::string reference;
      for (const v1::ReferencePoint& point : table.questions[q].points()) reference += point.text() + " ";
      const Measured m = MeasureAnswer(questions[q], reference);
      best += sum(m.features) * reference_share / static_cast<double>(tables.size());
      const Measured s = MeasureAnswer(questions[q], Shuffled(reference, &random));
      orders.push_back({FeaturesOfOrder(s.features, s.words), 1, 0.5 * reference_share});
    }
  }
  std::printf(
      "# How features become a mark, made by fit_grader.cc.\n# Weights of the features (features.h)\n");
  for (size_t i = 0; i < kFeatures; ++i)
    if (weights[i] != 0) std::printf("weight %s %.5g\n", std::string(kFeatureNames[i]).c_str(), weights[i]);
  std::printf("# Logistic: the features of order, behind the constant\norder");
  for (const double b : FitOrder(orders)) std::printf(" %.5g", b);
  std::printf("\n# Weighted sum, mark, mean absolute error; the last one is a reference's own\n");
  std::vector<Knot> knots = FitKnots(samples);
  for (const Knot& knot : knots) std::printf("knot %.4f %.4f %.4f\n", knot.sum, knot.mark, knot.error);
  if (best > knots.back().sum) std::printf("knot %.4f 1 0.1\n", best);
  return 0;
}

}  // namespace
}  // namespace ringside::theory

int main(int argc, char** argv) {
  return ringside::theory::Fit({argv + 1, argv + argc});
}
