#include "sim/calibration/fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace ringside::sim {
namespace {

constexpr int kTerms = 3;

// Solves the normal equations of the terms in `subset`; false if they are singular.
bool Solve(const std::vector<Observation>& observations, unsigned subset, std::array<double, kTerms>* c) {
  std::array<int, kTerms> terms{};
  int n = 0;
  for (int t = 0; t < kTerms; ++t) {
    if ((subset >> t & 1) != 0) terms[n++] = t;
  }
  // Columns are scaled to length one, so that the pivot test is about direction and not units.
  std::array<double, kTerms> scale{};
  for (int i = 0; i < n; ++i) {
    for (const Observation& o : observations) scale[i] += std::pow(o.x[terms[i]] / o.y, 2);
    if (scale[i] <= 0) return false;
    scale[i] = std::sqrt(scale[i]);
  }
  double a[kTerms][kTerms + 1] = {};
  for (const Observation& o : observations) {
    for (int i = 0; i < n; ++i) {
      const double xi = o.x[terms[i]] / o.y / scale[i];
      for (int j = 0; j < n; ++j) a[i][j] += xi * o.x[terms[j]] / o.y / scale[j];
      a[i][n] += xi;
    }
  }
  for (int i = 0; i < n; ++i) {
    int pivot = i;
    for (int j = i + 1; j < n; ++j) {
      if (std::abs(a[j][i]) > std::abs(a[pivot][i])) pivot = j;
    }
    if (std::abs(a[pivot][i]) < 1e-9) return false;
    std::swap(a[i], a[pivot]);
    for (int j = 0; j < n; ++j) {
      if (j == i) continue;
      const double factor = a[j][i] / a[i][i];
      for (int k = i; k <= n; ++k) a[j][k] -= factor * a[i][k];
    }
  }
  c->fill(0);
  for (int i = 0; i < n; ++i) (*c)[terms[i]] = a[i][n] / a[i][i] / scale[i];
  return true;
}

double Predict(const std::array<double, kTerms>& c, const Observation& o) {
  return c[0] * o.x[0] + c[1] * o.x[1] + c[2] * o.x[2];
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

LinearFit FitNonNegative(const std::vector<Observation>& observations) {
  for (const Observation& o : observations) RINGSIDE_CHECK(o.y > 0);
  LinearFit best;
  double least = INFINITY;
  for (unsigned subset = 1; subset < (1u << kTerms); ++subset) {
    std::array<double, kTerms> c{};
    if (!Solve(observations, subset, &c)) continue;
    if (*std::min_element(c.begin(), c.end()) < 0) continue;
    double sum = 0;
    for (const Observation& o : observations) sum += std::pow(Predict(c, o) / o.y - 1, 2);
    if (sum < least - 1e-12) {
      least = sum;
      best.c = c;
    }
  }
  std::vector<double> errors;
  for (const Observation& o : observations) errors.push_back(std::abs(Predict(best.c, o) / o.y - 1));
  best.residual = Median(std::move(errors));
  return best;
}

}  // namespace ringside::sim
