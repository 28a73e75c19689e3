#include "sim/goodput/incomplete_gamma.h"

#include <cmath>

namespace ringside::sim {
namespace {

constexpr int kMostTerms = 1'000'000;
constexpr double kEnough = 1e-16;

}  // namespace

double UpperGamma(double a, double x) {
  if (x <= 0) return 1;
  // x^a e^-x / Gamma(a)
  const double factor = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < kMostTerms && term > sum * kEnough; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - factor * sum;
  }
  // 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)), from its beginning (Lentz's method).
  double b = x + 1 - a, c = INFINITY, d = 1 / b, fraction = d;
  for (int n = 1; n < kMostTerms; ++n) {
    const double an = n * (a - n);
    b += 2;
    d = 1 / (b + an * d);
    c = b + an / c;
    const double change = c * d;
    fraction *= change;
    if (std::abs(change - 1) < kEnough * 4) break;
  }
  return factor * fraction;
}

}  // namespace ringside::sim
