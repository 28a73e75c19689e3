#include "report/fit.h"

#include <cmath>
#include <functional>

#include "gtest/gtest.h"

namespace ringside::report {
namespace {

std::vector<FitPoint> Points(const std::vector<int>& ranks, const std::function<double(double)>& law) {
  std::vector<FitPoint> points;
  for (const int p : ranks) points.push_back({p, law(p)});
  return points;
}

TEST(FitLaw, FindsAmdahl) {
  const auto law = FitLaw(Scaling::kStrong, Points({1, 2, 4, 8}, [](double p) { return 0.01 + 0.09 / p; }));
  ASSERT_TRUE(law.ok()) << law.status();
  EXPECT_EQ(law->name, "Amdahl");
  EXPECT_NEAR(law->coefficients_s[0], 0.01, 1e-9);
  EXPECT_NEAR(law->coefficients_s[1], 0.09, 1e-9);
  EXPECT_NEAR(law->At(16), 0.01 + 0.09 / 16, 1e-9);
  EXPECT_TRUE(law->checked);
  EXPECT_FALSE(law->breaks_at_ranks.has_value());
  EXPECT_EQ(law->formula, "T(p) = 10.0 ms + 90.0 ms / p");
}

TEST(FitLaw, FindsTheLatencyOfARing) {
  const auto law = FitLaw(
      Scaling::kStrong, Points({1, 2, 4, 8, 16}, [](double p) { return 0.001 + 0.1 / p + 0.002 * (p - 1); }));
  ASSERT_TRUE(law.ok());
  EXPECT_EQ(law->name, "Amdahl with ring latency");
  EXPECT_NEAR(law->coefficients_s[2], 0.002, 1e-9);
}

TEST(FitLaw, FindsTheLawsOfWeakScaling) {
  const auto fitted = [](const std::function<double(double)>& law) {
    return FitLaw(Scaling::kWeak, Points({1, 2, 4, 8, 16}, law))->name;
  };
  EXPECT_EQ(fitted([](double) { return 0.02; }), "constant");
  EXPECT_EQ(fitted([](double p) { return 0.02 + 0.01 * (p - 1) / p; }), "ring all-reduce, bandwidth");
  EXPECT_EQ(fitted([](double p) { return 0.02 + 0.003 * (p - 1); }), "ring all-reduce, latency");
  EXPECT_EQ(fitted([](double p) { return 0.02 + 0.003 * std::log2(p); }), "tree latency");
}

TEST(FitLaw, CoefficientsAreNeverNegative) {
  // Faster than linear: Amdahl would need a negative serial part.
  const auto law =
      FitLaw(Scaling::kStrong, Points({1, 2, 4}, [](double p) { return 0.1 / std::pow(p, 1.2); }));
  ASSERT_TRUE(law.ok());
  for (const double c : law->coefficients_s) EXPECT_GE(c, 0);
}

TEST(FitLaw, SaysWhereItBreaks) {
  // Amdahl up to 4; with 8 ranks twice what it foretells, as where ranks begin to share cores.
  auto points = Points({1, 2, 4, 8}, [](double p) { return 0.01 + 0.09 / p; });
  points[3].step_s *= 2;
  const auto law = FitLaw(Scaling::kStrong, points);
  ASSERT_TRUE(law.ok());
  EXPECT_EQ(law->breaks_at_ranks, 8);
  EXPECT_NEAR(law->break_error, -0.5, 1e-6);
}

TEST(FitLaw, TwoPointsProveNothing) {
  const auto law = FitLaw(Scaling::kStrong, {{1, 0.1}, {2, 0.06}});
  ASSERT_TRUE(law.ok());
  EXPECT_FALSE(law->checked);
  EXPECT_NEAR(law->residuals[1], 0, 1e-9);
}

TEST(FitLaw, RefusesWhatIsNoCurve) {
  EXPECT_EQ(FitLaw(Scaling::kWeak, {{1, 0.1}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FitLaw(Scaling::kWeak, {{2, 0.1}, {2, 0.2}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FitLaw(Scaling::kWeak, {{1, 0.1}, {2, 0}}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::report
