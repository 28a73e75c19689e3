#include "sim/goodput/straggler.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace ringside::sim {

double ExpectedMaximum(const Jitter& jitter, double ranks) {
  RINGSIDE_CHECK(ranks >= 1 && ranks <= 1e9);
  if (jitter.kind == Jitter::Kind::kNone) {
    const double none_slow = std::exp(ranks * std::log1p(-jitter.slow_share));
    return jitter.slow_share <= 0 ? 1 : none_slow + (1 - none_slow) * jitter.slow_factor;
  }
  const JitterSurvival survival(jitter);
  const auto exceeds = [&](double x) { return -std::expm1(ranks * std::log1p(-survival(x))); };
  // Below `from` the largest exceeds x for certain, above `to` it does not; between them in the logarithm of
  // x.
  const auto where = [&](double level) {
    double low = -60, high = 60;
    for (int i = 0; i < 100; ++i) {
      const double middle = (low + high) / 2;
      (exceeds(std::exp(middle)) > level ? low : high) = middle;
    }
    return (low + high) / 2;
  };
  const double from = where(1 - 1e-14), to = where(1e-13);
  // Evenly: always slow ranks and heavy tails bend the function in more places than one.
  constexpr int kPieces = 400, kPanels = 8;  // Simpson's rule, panels of a piece
  double sum = 0;
  const auto f = [&](double u) { return exceeds(std::exp(u)) * std::exp(u); };
  for (int piece = 0; piece < kPieces; ++piece) {
    const double a = from + (to - from) * piece / kPieces, b = from + (to - from) * (piece + 1) / kPieces;
    const double h = (b - a) / (2 * kPanels);
    double simpson = f(a) + f(b);
    for (int i = 1; i < 2 * kPanels; ++i) simpson += (i % 2 == 1 ? 4 : 2) * f(a + i * h);
    sum += simpson * h / 3;
  }
  return std::exp(from) + sum;
}

double ExpectedStepFactor(const StepJitter& step) {
  const double compute = ExpectedMaximum(step.compute, std::max(1.0, step.ranks));
  if (step.exposed_share <= 0) return compute;
  const double link = ExpectedMaximum(step.link, std::max(1.0, step.links));
  return (1 - step.exposed_share) * compute + step.exposed_share * link;
}

SampledMaximum SampleMaximum(const Jitter& jitter, int64_t ranks, int64_t steps, uint64_t seed) {
  double sum = 0, squares = 0;
  for (int64_t step = 0; step < steps; ++step) {
    // Which ranks are slow is drawn anew, too: the expectation is over clusters.
    const JitterSampler sampler(jitter, seed + static_cast<uint64_t>(step) * 0x51ed2701u);
    double largest = 0;
    for (int64_t rank = 0; rank < ranks; ++rank) largest = std::max(largest, sampler.Factor(rank, step));
    sum += largest, squares += largest * largest;
  }
  const auto n = static_cast<double>(steps);
  const double mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean) / n)};
}

}  // namespace ringside::sim
