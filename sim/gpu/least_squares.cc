#include "sim/gpu/least_squares.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ringside::sim::gpu {
namespace {

constexpr double kScale = 0.1;   // an error that counts as one
constexpr double kRound = 0.03;  // below it the loss is a parabola
constexpr double kStep = 1e-3;   // of a numeric derivative
constexpr int kIterations = 40;

using Vector = std::vector<double>;

double Loss(double r) {
  return (std::sqrt(r * r + kRound * kRound) - kRound) / kScale;
}

// a x = b, a symmetric and positive: by elimination.
Vector SolveSystem(std::vector<Vector> a, Vector b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i + 1; j < n; ++j) {
      const double factor = a[j][i] / a[i][i];
      for (size_t k = i; k < n; ++k) a[j][k] -= factor * a[i][k];
      b[j] -= factor * b[i];
    }
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

}  // namespace

Vector RobustLeastSquares(const std::function<Vector(const Vector&)>& residuals, const Vector& weights,
                          const Vector& priors, const Vector& spreads) {
  const size_t n = priors.size(), rows = weights.size();
  const auto total = [&](const Vector& x, const Vector& r) {
    double sum = 0;
    for (size_t i = 0; i < rows; ++i) sum += weights[i] > 0 ? weights[i] * Loss(r[i]) : 0;
    for (size_t j = 0; j < n; ++j) sum += 0.5 * std::pow((x[j] - priors[j]) / spreads[j], 2);
    return sum;
  };
  Vector x = priors, r = residuals(x);
  double best = total(x, r), damping = 1;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    std::vector<Vector> columns(n);
    for (size_t j = 0; j < n; ++j) {
      Vector moved = x;
      moved[j] += kStep;
      columns[j] = residuals(moved);
      for (size_t i = 0; i < rows; ++i) columns[j][i] = (columns[j][i] - r[i]) / kStep;
    }
    // The loss as a parabola with the same slope at r: weights fall as 1 / |r|.
    Vector curvature(rows), gradient(n, 0.0);
    for (size_t i = 0; i < rows; ++i)
      curvature[i] = weights[i] / (kScale * std::sqrt(r[i] * r[i] + kRound * kRound));
    std::vector<Vector> normal(n, Vector(n, 0.0));
    for (size_t j = 0; j < n; ++j) {
      for (size_t k = 0; k <= j; ++k) {
        double sum = 0;
        for (size_t i = 0; i < rows; ++i) sum += curvature[i] * columns[j][i] * columns[k][i];
        normal[j][k] = normal[k][j] = sum;
      }
      for (size_t i = 0; i < rows; ++i) gradient[j] -= curvature[i] * columns[j][i] * r[i];
      normal[j][j] += 1 / (spreads[j] * spreads[j]);
      gradient[j] -= (x[j] - priors[j]) / (spreads[j] * spreads[j]);
    }
    bool better = false;
    const double before = best;
    for (int tries = 0; tries < 8 && !better; ++tries) {
      std::vector<Vector> damped = normal;
      for (size_t j = 0; j < n; ++j) damped[j][j] *= 1 + damping;
      const Vector step = SolveSystem(damped, gradient);
      Vector next = x;
      for (size_t j = 0; j < n; ++j) next[j] += std::clamp(step[j], -0.7, 0.7);
      Vector at = residuals(next);
      const double loss = total(next, at);
      if (loss < best) {
        best = loss, x = next, r = std::move(at), better = true;
        damping = std::max(1e-4, damping / 4);
      } else {
        damping *= 5;
      }
    }
    if (!better || before - best < 1e-4 * best) break;
  }
  return x;
}

}  // namespace ringside::sim::gpu
