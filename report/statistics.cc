#include "report/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace ringside::report {
namespace {

// P(X <= most) of a binomial variable with n trials of probability 1/2.
double BinomialBelow(size_t n, size_t most) {
  const double log_half_n = -static_cast<double>(n) * std::log(2.0);
  double sum = 0;
  for (size_t k = 0; k <= most; ++k) {
    const auto a = static_cast<double>(n), b = static_cast<double>(k);
    sum += std::exp(std::lgamma(a + 1) - std::lgamma(b + 1) - std::lgamma(a - b + 1) + log_half_n);
  }
  return sum;
}

}  // namespace

double Median(std::vector<double> values) {
  RINGSIDE_CHECK(!values.empty());
  const size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
  const double upper = values[half];
  if (values.size() % 2 == 1) return upper;
  return (*std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half)) + upper) / 2;
}

double Quantile(std::vector<double> values, double fraction) {
  RINGSIDE_CHECK(!values.empty());
  const auto n = static_cast<double>(values.size());
  const auto rank = static_cast<size_t>(std::clamp(std::ceil(fraction * n), 1.0, n)) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

Interval MedianInterval(std::vector<double> values, double coverage) {
  RINGSIDE_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  // x(k+1) and x(n-k), from 1: the median is outside with 2 P(X <= k).
  Interval interval{values.front(), values.back(), n == 1 ? 0 : 1 - 2 * BinomialBelow(n, 0)};
  for (size_t k = 1; 2 * k < n; ++k) {
    const double covered = 1 - 2 * BinomialBelow(n, k);
    if (covered < coverage) break;
    interval = {values[k], values[n - 1 - k], covered};
  }
  return interval;
}

uint64_t Random::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace ringside::report
