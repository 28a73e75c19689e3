#include "evaluator/theory/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "evaluator/theory/embedded_model.h"

namespace ringside::theory {
namespace {

// 0 at `from` and below, 1 at `to` and above, straight between.
double Ramp(double x, double from, double to) {
  return std::clamp((x - from) / (to - from), 0.0, 1.0);
}

}  // namespace

OrderFeatures FeaturesOfOrder(const Features& f, size_t words) {
  const double length = std::log1p(static_cast<double>(words));
  return {f[kFluency], f[kRecallAll] - f[kPairs], f[kPairs] / (0.05 + f[kRecallAll]), f[kRecallAll],
          length,      f[kFluency] * length};
}

absl::StatusOr<Model> Model::Parse(std::string_view data) {
  Model model;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(data.data(), data.size()), '\n')) {
    ++line_number;
    if (line.empty() || line[0] == '#') continue;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    const auto wrong = [&](std::string_view what) {
      return absl::InvalidArgumentError(fmt::format("model, line {}: {}", line_number, what));
    };
    std::vector<double> values;
    for (size_t i = words[0] == "weight" ? 2 : 1; i < words.size(); ++i) {
      double value = 0;
      if (!absl::SimpleAtod(words[i], &value)) return wrong("not a number");
      values.push_back(value);
    }
    if (words[0] == "weight" && values.size() == 1) {
      const auto name = std::find(kFeatureNames.begin(), kFeatureNames.end(),
                                  std::string_view(words[1].data(), words[1].size()));
      if (name == kFeatureNames.end()) return wrong("no such feature");
      model.weights_[static_cast<size_t>(name - kFeatureNames.begin())] = values[0];
    } else if (words[0] == "order" && values.size() == kOrderFeatures + 1) {
      std::copy(values.begin(), values.end(), model.order_.begin());
    } else if (words[0] == "knot" && values.size() == 3) {
      if (!model.knots_.empty() && values[0] <= model.knots_.back().sum) return wrong("knots must rise");
      model.knots_.push_back({values[0], values[1], values[2]});
    } else {
      return wrong("not a weight, an order or a knot");
    }
  }
  if (model.knots_.empty()) return absl::InvalidArgumentError("model: no knots");
  return model;
}

const Model& Model::BuiltIn() {
  static const Model model = [] {
    auto parsed = Parse(kEmbeddedModel);
    if (!parsed.ok()) CheckFailed(__FILE__, __LINE__, parsed.status().ToString().c_str());
    return *std::move(parsed);
  }();
  return model;
}

Model Model::With(const std::array<double, kFeatures>& weights, std::vector<Knot> knots) const {
  RINGSIDE_CHECK(!knots.empty());
  Model model = *this;
  model.weights_ = weights;
  model.knots_ = std::move(knots);
  return model;
}

double Model::Sum(const Features& features) const {
  double sum = 0;
  for (size_t i = 0; i < kFeatures; ++i) sum += weights_[i] * features[i];
  return sum;
}

Knot Model::At(double sum) const {
  const auto above = std::upper_bound(knots_.begin(), knots_.end(), sum,
                                      [](double value, const Knot& knot) { return value < knot.sum; });
  if (above == knots_.begin()) return knots_.front();
  if (above == knots_.end()) return knots_.back();
  const Knot& a = *std::prev(above);
  const double t = (sum - a.sum) / (above->sum - a.sum);
  return {sum, a.mark + t * (above->mark - a.mark), a.error + t * (above->error - a.error)};
}

Model Model::WithLength(double per_log_word, double mean) const {
  Model model = *this;
  model.per_log_word_ = per_log_word;
  model.mean_log_words_ = mean;
  return model;
}

double Model::LogWords(size_t words) {
  return std::log1p(std::min(static_cast<double>(words), kMostWords));
}

Knot Model::At(double sum, size_t words) const {
  Knot knot = At(sum);
  knot.mark = std::clamp(knot.mark + per_log_word_ * (LogWords(words) - mean_log_words_), 0.0, 1.0);
  return knot;
}

double Model::Disorder(const Features& features, size_t words) const {
  const OrderFeatures order = FeaturesOfOrder(features, words);
  double sum = order_[0];
  for (size_t i = 0; i < kOrderFeatures; ++i) sum += order_[i + 1] * order[i];
  return 1 / (1 + std::exp(-sum));
}

Gates GatesOf(const Model& model, const Features& f, double sum, size_t words) {
  Gates gates;
  gates.disorder = model.Disorder(f, words);
  gates.order = 1 - 0.95 * Ramp(gates.disorder, 0.72, 0.92);
  // The closer to the reference an answer is, in its order, the more a negation more or less is a
  // contradiction and not a way of putting it.
  const double close = Ramp(f[kRecallAll], 0.6, 0.9) * Ramp(f[kSubsequence], 0.6, 0.9);
  gates.polarity = 1 - std::min(1.0, 4 * f[kClash] * close);
  gates.evidence = Ramp(0.5 * f[kRecall] + 0.5 * f[kGramsRecall], 0.04, 0.1) *
                   Ramp(f[kPrecision], 0.08, 0.3) * Ramp(sum, -0.25, 0.05);
  return gates;
}

}  // namespace ringside::theory
