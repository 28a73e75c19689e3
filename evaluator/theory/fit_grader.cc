// Fits data/model.txt on tables of marked answers (layout: tsv.h):
//   fit_grader TABLE.tsv... > evaluator/theory/data/model.txt
//
// Weights: least squares within questions (marks and features less their means of the question, so that
// nothing is learned from which questions are hard), every table weighing the same, every weight with the
// sign that it must have for reasons (fitting.cc), ridge lambda 50 per thousand. Knots: isotonic regression
// of the marks on the weighted sum, pooled, a table weighing as
// much as its marks differ. Order: logistic regression of answers and references as they are
// against the same shuffled.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "evaluator/theory/fitting.h"
#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"
#include "evaluator/theory/setting.h"
#include "evaluator/theory/table_answers.h"

namespace ringside::theory {
namespace {

std::vector<FitRow> Rows(const Table& table, const std::vector<PreparedParts>& questions) {
  std::vector<FitRow> rows;
  for (const TableAnswer& answer : table.answers)
    rows.push_back(
        {answer.question, MeasureAnswer(questions[answer.question], answer.text).features, answer.mark});
  return rows;
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

double Variance(const Table& table) {
  double sum = 0, squares = 0;
  for (const TableAnswer& answer : table.answers) sum += answer.mark, squares += answer.mark * answer.mark;
  const double n = static_cast<double>(table.answers.size());
  return squares / n - sum / n * sum / n;
}

int Fit(const std::vector<std::string>& paths) {
  std::vector<Table> tables;
  std::vector<std::vector<FitRow>> strong;
  for (const std::string& path : paths) {
    auto table = ReadTable(path);
    if (!table.ok()) return std::fprintf(stderr, "%s\n", std::string(table.status().message()).c_str()), 1;
    tables.push_back(*std::move(table));
    strong.push_back(Rows(tables.back(), PrepareAll(tables.back(), SettingOf(tables.back().questions, 1))));
  }
  const std::array<double, kFeatures> weights = FitWeights(strong, {}, 0.05);
  std::vector<FitSample> samples;
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
    const double variance = Variance(table);
    const double reference_share = 1 / static_cast<double>(questions.size());
    for (const TableAnswer& answer : table.answers) {
      const Measured m = MeasureAnswer(questions[answer.question], answer.text);
      samples.push_back({sum(m.features), answer.mark, share * variance});
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
  std::vector<Knot> knots = FitKnots(samples, 16);
  for (const Knot& knot : knots) std::printf("knot %.4f %.4f %.4f\n", knot.sum, knot.mark, knot.error);
  if (best > knots.back().sum) std::printf("knot %.4f 1 0.1\n", best);
  return 0;
}

}  // namespace
}  // namespace ringside::theory

int main(int argc, char** argv) {
  return ringside::theory::Fit({argv + 1, argv + argc});
}
