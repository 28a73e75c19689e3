#include "evaluator/cohort/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace ringside::cohort {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Agreement::Agreement(int levels) : levels_(levels), confusion_(levels * levels, 0) {
  RINGSIDE_CHECK(levels >= 2);
}

void Agreement::Add(double score, double mark, int words) {
  ++count_;
  const double value[kVariables] = {score, mark, std::log1p(words)};
  for (int i = 0; i < kVariables; ++i) {
    sum_[i] += value[i];
    for (int j = 0; j < kVariables; ++j) product_[i][j] += value[i] * value[j];
  }
  squared_error_ += (score - mark) * (score - mark);
  const auto level = [this](double v) {
    return static_cast<int>(std::lround(std::clamp(v, 0.0, 1.0) * (levels_ - 1)));
  };
  ++confusion_[level(mark) * levels_ + level(score)];
}

double Agreement::Correlation(Variable a, Variable b) const {
  const auto n = static_cast<double>(count_);
  const auto covariance = [&](int i, int j) { return product_[i][j] - sum_[i] * sum_[j] / n; };
  // Of sums of up to 10^6 values of about 1; less than this is rounding.
  constexpr double kNoSpread = 1e-9;
  if (count_ < 2 || covariance(a, a) < kNoSpread || covariance(b, b) < kNoSpread) return kNone;
  return covariance(a, b) / std::sqrt(covariance(a, a) * covariance(b, b));
}

double Agreement::pearson() const {
  return Correlation(kScore, kMark);
}

double Agreement::partial() const {
  const double r = pearson(), score = Correlation(kScore, kLength), mark = Correlation(kMark, kLength);
  if (std::isnan(score) || std::isnan(mark)) return r;  // all equally long: nothing to take out
  const double rest = (1 - score * score) * (1 - mark * mark);
  return rest > 0 ? (r - score * mark) / std::sqrt(rest) : kNone;
}

double Agreement::rmse() const {
  return count_ == 0 ? kNone : std::sqrt(squared_error_ / static_cast<double>(count_));
}

double Agreement::Kappa(bool quadratic) const {
  std::vector<double> rows(levels_, 0), columns(levels_, 0);
  for (int i = 0; i < levels_; ++i) {
    for (int j = 0; j < levels_; ++j) {
      rows[i] += static_cast<double>(confusion_[i * levels_ + j]);
      columns[j] += static_cast<double>(confusion_[i * levels_ + j]);
    }
  }
  double observed = 0, expected = 0;  // disagreement
  for (int i = 0; i < levels_; ++i) {
    for (int j = 0; j < levels_; ++j) {
      const double weight = quadratic ? (i - j) * (i - j) : (i == j ? 0 : 1);
      observed += weight * static_cast<double>(confusion_[i * levels_ + j]);
      expected += weight * rows[i] * columns[j] / static_cast<double>(std::max<int64_t>(1, count_));
    }
  }
  return expected > 0 ? 1 - observed / expected : kNone;
}

}  // namespace ringside::cohort
