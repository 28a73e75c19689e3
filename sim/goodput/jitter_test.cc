#include "sim/goodput/jitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/goodput/incomplete_gamma.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

TEST(JitterTest, IsReadAndWritten) {
  for (const char* text : {"lognormal:0.02", "gamma:0.5", "weibull:1.5", "pareto:0.1", "none",
                           "slow:0.01:1.5", "gamma:0.05,slow:0.001:1.3"}) {
    const auto jitter = ParseJitter(text);
    ASSERT_TRUE(jitter.ok()) << jitter.status();
    EXPECT_EQ(JitterText(*jitter), text);
  }
}

TEST(JitterTest, WhatCannotBeReadIsQuoted) {
  for (const char* text : {"", "lognormal", "lognormal:", "lognormal:x", "normal:0.1", "gamma:0", "gamma:-1",
                           "gamma:3", "gamma:nan", "slow:0.1", "slow:2:1.5", "slow:0.1:0.5",
                           "gamma:0.1,weibull:0.1", "none,gamma:0.1", "slow:0.1:2,slow:0.1:2"}) {
    const auto jitter = ParseJitter(text);
    EXPECT_EQ(jitter.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(jitter.status().message()), HasSubstr(std::string("jitter \"") + text + "\""));
  }
}

TEST(JitterTest, DrawsHaveTheMomentsAndTheSurvivalThatWereAskedFor) {
  for (const char* text : {"lognormal:0.02", "lognormal:0.6", "gamma:0.03", "gamma:1.4", "weibull:0.05",
                           "weibull:0.9", "pareto:0.05", "pareto:0.4"}) {
    const Jitter jitter = *ParseJitter(text);
    const JitterSampler sampler(jitter, 5);
    const JitterSurvival survival(jitter);
    constexpr int kDraws = 200'000;
    double sum = 0, squares = 0;
    int above[2] = {0, 0};
    const double levels[2] = {1, 1 + 1.5 * jitter.cv};
    for (int i = 0; i < kDraws; ++i) {
      const double x = sampler.Factor(i % 100, i / 100);
      sum += x, squares += x * x;
      for (int l = 0; l < 2; ++l) above[l] += x > levels[l] ? 1 : 0;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, 1, 5 * jitter.cv / std::sqrt(kDraws)) << text;
    // The fourth moment of heavy tails is large or infinite.
    const double tolerance = jitter.kind == Jitter::Kind::kPareto ? 0.15 : 0.03;
    EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean) / jitter.cv, 1, tolerance) << text;
    for (int l = 0; l < 2; ++l)
      EXPECT_NEAR(above[l] / double{kDraws}, survival(levels[l]), 5 * 0.5 / std::sqrt(kDraws)) << text;
  }
}

TEST(JitterTest, AFactorDependsOnNothingButItsPlaceAndTheSeed) {
  const Jitter jitter = *ParseJitter("lognormal:0.1,slow:0.2:2");
  const JitterSampler one(jitter, 1), same(jitter, 1), other(jitter, 2);
  EXPECT_EQ(one.Factor(3, 7), same.Factor(3, 7));
  EXPECT_NE(one.Factor(3, 7), one.Factor(3, 8));
  EXPECT_NE(one.Factor(3, 7), one.Factor(4, 7));
  EXPECT_NE(one.Factor(3, 7), other.Factor(3, 7));
  int slow = 0;
  for (int rank = 0; rank < 10'000; ++rank) {
    slow += one.IsSlow(rank) ? 1 : 0;
    EXPECT_EQ(one.IsSlow(rank), one.Factor(rank, 0) > 1.5 || one.Factor(rank, 1) > 1.5) << rank;
  }
  EXPECT_NEAR(slow, 2000, 200);
}

TEST(IncompleteGammaTest, AgreesWithWhatIsKnownExactly) {
  for (const double x : {0.01, 0.5, 1.0, 3.0, 30.0, 300.0}) {
    EXPECT_NEAR(UpperGamma(1, x) / std::exp(-x), 1, 1e-12) << x;
    EXPECT_NEAR(UpperGamma(0.5, x) / std::erfc(std::sqrt(x)), 1, 1e-11) << x;
    // Poisson: fewer than 3 events of mean x.
    EXPECT_NEAR(UpperGamma(3, x) / (std::exp(-x) * (1 + x + x * x / 2)), 1, 1e-11) << x;
  }
  EXPECT_NEAR(UpperGamma(1e6, 1e6), 0.5, 2e-4);  // nearly normal
  EXPECT_EQ(UpperGamma(2, 0), 1);
}

}  // namespace
}  // namespace ringside::sim
