#include "sim/goodput/interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ringside::sim {
namespace {

GoodputSettings With(double checkpoint_s, double mean_s) {
  GoodputSettings s;
  s.interruption_mean_s = mean_s;
  s.checkpoint_s = checkpoint_s;
  s.restart_s = 300;
  return s;
}

// Where Daly's complete model has its minimum: e^((tau + delta) / M) (1 - tau / M) = 1, by bisection.
double Exact(double checkpoint_s, double mean_s) {
  double low = 0, high = mean_s;
  for (int i = 0; i < 200; ++i) {
    const double tau = (low + high) / 2;
    const double slope = std::exp((tau + checkpoint_s) / mean_s) * (1 - tau / mean_s) - 1;
    (slope > 0 ? low : high) = tau;
  }
  return low;
}

TEST(IntervalTest, TheBestOneIsTheModelsMinimum) {
  for (const double ratio : {1e-5, 1e-3, 0.01, 0.1, 0.5, 1.5}) {
    const double mean_s = 20'000, checkpoint_s = ratio * mean_s;
    const auto best = BestInterval(With(checkpoint_s, mean_s));
    ASSERT_TRUE(best.ok()) << best.status();
    EXPECT_NEAR(best->interval_s, Exact(checkpoint_s, mean_s), 0.002 * best->interval_s) << ratio;
  }
}

TEST(IntervalTest, YoungIsRightToFirstOrderAndDalyToHigher) {
  double young_before = 1;
  for (const double ratio : {0.1, 0.01, 1e-3, 1e-4, 1e-5}) {
    const double mean_s = 20'000, checkpoint_s = ratio * mean_s;
    const double exact = Exact(checkpoint_s, mean_s);
    const double young = std::abs(YoungInterval(checkpoint_s, mean_s) / exact - 1);
    const double daly = std::abs(DalyInterval(checkpoint_s, mean_s) / exact - 1);
    EXPECT_LT(young, 0.75 * std::sqrt(ratio)) << ratio;
    EXPECT_LT(young, young_before);
    EXPECT_LT(daly, 0.05 * ratio + 1e-4) << ratio;
    EXPECT_LT(daly, young);
    young_before = young;
  }
  EXPECT_DOUBLE_EQ(YoungInterval(50, 10'000), 1000);
  EXPECT_DOUBLE_EQ(DalyInterval(25'000, 10'000), 10'000);
}

TEST(IntervalTest, CheaperCheckpointsAreWrittenMoreOften) {
  double before = 0;
  for (const double checkpoint_s : {1., 10., 60., 600.}) {
    const double best = BestInterval(With(checkpoint_s, 20'000))->interval_s;
    EXPECT_GT(best, before);
    before = best;
  }
}

TEST(IntervalTest, TheWriteMustFitBesideTheNextSegment) {
  GoodputSettings s = With(1, 20'000);
  s.write_s = 900;
  s.write_slowdown = 0.01;
  const auto best = BestInterval(s);
  ASSERT_TRUE(best.ok()) << best.status();
  EXPECT_GE(best->interval_s, 900);
}

TEST(IntervalTest, TheCurveHasItsTopAtTheBestInterval) {
  GoodputSettings s = With(30, 10'000);
  s.nodes = 64;
  s.spare_nodes = 2;
  s.repair_mean_s = 40'000;
  s.nodes_per_replica = 4;
  const IntervalPoint best = *BestInterval(s);
  const auto curve = GoodputCurve(s, best.interval_s / 20, best.interval_s * 20, 41);
  ASSERT_TRUE(curve.ok()) << curve.status();
  ASSERT_EQ(curve->size(), 41);
  for (const IntervalPoint& point : *curve) EXPECT_LE(point.shares.useful, best.shares.useful + 1e-9);
  EXPECT_LT(curve->front().shares.useful, best.shares.useful - 0.05);
  EXPECT_LT(curve->back().shares.useful, best.shares.useful - 0.05);
}

TEST(IntervalTest, FreeCheckpointsHaveNoBestInterval) {
  EXPECT_EQ(BestInterval(With(0, 1000)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::sim
