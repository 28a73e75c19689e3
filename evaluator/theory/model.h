// The figures that turn features into a mark (data/model.txt, made by fit_grader.cc), and the three gates
// before it. Immutable; any thread.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/theory/features.h"

namespace ringside::theory {

// What the look of disorder is judged by (FeaturesOfOrder).
inline constexpr size_t kOrderFeatures = 6;
using OrderFeatures = std::array<double, kOrderFeatures>;
OrderFeatures FeaturesOfOrder(const Features& features, size_t words);

struct Knot {
  double sum = 0;  // weighted sum of the features
  double mark = 0;
  double error = 0;  // mean absolute error of the mark there
};

class Model {
 public:
  // Lines "weight FEATURE X", "order BIAS X1 ... X6" and "knot SUM MARK ERROR"; '#' begins a comment.
  // INVALID_ARGUMENT with the line: unknown words, knots that do not rise.
  static absl::StatusOr<Model> Parse(std::string_view data);
  static const Model& BuiltIn();

  // The same with other weights and knots, at least one and rising, such as marks of a table teach
  // (fitting.h).
  Model With(const std::array<double, kFeatures>& weights, std::vector<Knot> knots) const;

  const std::array<double, kFeatures>& weights() const { return weights_; }
  const std::vector<Knot>& knots() const { return knots_; }
  double Sum(const Features& features) const;
  Knot At(double sum) const;  // between the knots, and the outer ones beyond

  // Adds to every mark `per_log_word` times the logarithm of the answer's words, up to kMostWords of them,
  // less `mean`: what marks of a table teach about how much people want to read.
  static constexpr double kMostWords = 40;
  Model WithLength(double per_log_word, double mean) const;
  static double LogWords(size_t words);
  Knot At(double sum, size_t words) const;

  // Probability that the words were thrown together: shuffled, or a list.
  double Disorder(const Features& features, size_t words) const;

 private:
  std::array<double, kFeatures> weights_{};
  std::array<double, kOrderFeatures + 1> order_{};
  std::vector<Knot> knots_;
  double per_log_word_ = 0, mean_log_words_ = 0;
};

// Each 0..1, factors of the mark. They are no matter of calibration: without evidence nothing is earned.
struct Gates {
  double disorder = 0;  // Model::Disorder, which `order` is made of
  double order = 1;     // sentences, not words thrown together
  double polarity = 1;  // what is said close to the reference is not its contrary
  double evidence = 1;  // there is something to go by, and it is about the question
  double Product() const { return order * polarity * evidence; }
};

// `sum`: Model::Sum less the chance of the table (prepared_parts.h).
Gates GatesOf(const Model& model, const Features& features, double sum, size_t words);

}  // namespace ringside::theory
