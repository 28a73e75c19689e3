#include "sim/goodput/straggler.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ringside::sim {
namespace {

Jitter Of(const char* text) {
  return *ParseJitter(text);
}

TEST(StragglerTest, TheIntegralIsWhatDrawingGives) {
  for (const char* text :
       {"lognormal:0.02", "lognormal:0.5", "gamma:0.05", "gamma:1.2", "weibull:0.1", "weibull:0.8",
        "pareto:0.05", "pareto:0.3", "slow:0.01:1.5", "lognormal:0.03,slow:0.02:1.4"}) {
    for (const int64_t ranks : {1, 8, 200}) {
      const SampledMaximum sampled = SampleMaximum(Of(text), ranks, 400'000 / (ranks + 40), 11);
      const double expected = ExpectedMaximum(Of(text), static_cast<double>(ranks));
      EXPECT_NEAR(expected, sampled.mean, 4 * sampled.error + 1e-12) << text << " " << ranks;
      EXPECT_LT(sampled.error, 0.02 * expected) << text << " " << ranks;
    }
  }
}

TEST(StragglerTest, AgreesWithClosedForms) {
  // Exponential: the harmonic numbers. Gamma and Weibull with coefficient of variation 1 are exponential.
  for (const char* text : {"gamma:1", "weibull:1"}) {
    double harmonic = 0;
    for (int n = 1; n <= 1000; ++n) {
      harmonic += 1.0 / n;
      if (n != 1 && n != 10 && n != 1000) continue;
      EXPECT_NEAR(ExpectedMaximum(Of(text), n), harmonic, 1e-6 * harmonic) << text;
    }
  }
  // Pareto of index a: minimum * n * B(n, 1 - 1/a).
  const double cv = 0.5, a = 1 + std::sqrt(1 + 1 / (cv * cv)), least = (a - 1) / a;
  for (const double n : {1., 16., 4096., 100'000.}) {
    const double exact =
        least * std::exp(std::log(n) + std::lgamma(n) + std::lgamma(1 - 1 / a) - std::lgamma(n + 1 - 1 / a));
    EXPECT_NEAR(ExpectedMaximum(Of("pareto:0.5"), n), exact, 1e-6 * exact) << n;
  }
  // Always slow ranks alone: any of n is slow with probability 1 - (1 - p)^n.
  EXPECT_NEAR(ExpectedMaximum(Of("slow:0.001:1.5"), 1000), 1.5 - 0.5 * std::pow(0.999, 1000), 1e-12);
}

TEST(StragglerTest, GrowsWithRanksAndTails) {
  double before = 1 - 1e-9;
  for (const double ranks : {1., 8., 64., 4096., 1e6, 1e9}) {
    const double now = ExpectedMaximum(Of("lognormal:0.02"), ranks);
    EXPECT_GT(now, before);
    before = now;
  }
  EXPECT_LT(before, 1.2);
  EXPECT_GT(ExpectedMaximum(Of("pareto:0.02"), 4096), ExpectedMaximum(Of("lognormal:0.02"), 4096));
  EXPECT_LT(ExpectedMaximum(Of("weibull:0.02"), 4096), ExpectedMaximum(Of("lognormal:0.02"), 4096));
  EXPECT_EQ(ExpectedMaximum(Of("none"), 4096), 1);
}

TEST(StragglerTest, AStepWaitsForRanksAndThenForLinks) {
  StepJitter step;
  step.compute = Of("lognormal:0.02");
  step.link = Of("gamma:0.1");
  step.ranks = 512;
  step.links = 64;
  const double compute = ExpectedStepFactor(step);
  EXPECT_DOUBLE_EQ(compute, ExpectedMaximum(step.compute, 512));
  step.exposed_share = 0.25;
  EXPECT_DOUBLE_EQ(ExpectedStepFactor(step), 0.75 * compute + 0.25 * ExpectedMaximum(step.link, 64));
}

}  // namespace
}  // namespace ringside::sim
