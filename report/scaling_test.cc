#include "report/scaling.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/testing.h"

namespace ringside::report {
namespace {

using ::testing::HasSubstr;

TEST(Factors, MultiplyToTheUsefulShare) {
  KeptRun run = RunOf(2, 0.1, 0.06);
  run.summary.ranks[1].compute_s = 0.04;  // waits 0.02 for rank 0
  run.summary.ranks[1].skew_s = 0.02;     // exposed: 0.04 of both
  const Factors f = FactorsOf(run.summary);
  EXPECT_NEAR(f.load_balance, 0.05 / 0.06, 1e-12);
  EXPECT_NEAR(f.serialisation, 1, 1e-12);  // T_ideal = 0.1 - 0.04 = the longest computation
  EXPECT_NEAR(f.transfer, 0.6, 1e-12);
  EXPECT_NEAR(f.parallel, f.load_balance * f.serialisation * f.transfer, 1e-12);
  EXPECT_NEAR(f.parallel, 0.5, 1e-12);  // mean useful / T
}

TEST(Factors, WaitingWithoutTransfersIsSerialisation) {
  KeptRun run = RunOf(2, 0.1, 0.05);
  for (trace::RankSummary& rank : run.summary.ranks) rank.exposed_comm_s = 0, rank.bubble_s = 0.05;
  const Factors f = FactorsOf(run.summary);
  EXPECT_NEAR(f.serialisation, 0.5, 1e-12);
  EXPECT_NEAR(f.transfer, 1, 1e-12);
}

TEST(MakeReport, StrongScalingByTheFormula) {
  const auto report = MakeReport({PointOf(1, {0.1}), PointOf(2, {0.06}), PointOf(4, {0.04})}, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->kind, Kind::kStrong);
  EXPECT_NEAR(report->points[1].figures.efficiency, 0.1 / (0.06 * 2), 1e-12);  // T1 p1 / (Tp p)
  EXPECT_NEAR(report->points[2].figures.efficiency, 0.1 / (0.04 * 4), 1e-12);
  EXPECT_NEAR(report->points[2].figures.tokens_per_s_per_device, 1000 / 0.04 / 4, 1e-9);
  ASSERT_TRUE(report->law.has_value());
  EXPECT_EQ(report->law->name, "Amdahl");
  EXPECT_FALSE(report->confirmed_regression());
}

TEST(MakeReport, WeakScalingByTheFormula) {
  const auto report = MakeReport({PointOf(1, {0.1}, 1000), PointOf(4, {0.125}, 4000)}, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->kind, Kind::kWeak);
  EXPECT_NEAR(report->points[1].figures.efficiency, 0.8, 1e-12);  // T1 / Tp
}

TEST(MakeReport, EfficiencyIsTheProductOfItsFactors) {
  Point two = PointOf(2, {0.08});
  two.repeats[0] = RunOf(2, 0.08, 0.03);
  const auto report = MakeReport({PointOf(1, {0.1}), two}, {});
  ASSERT_TRUE(report.ok());
  const ScalingPoint &first = report->points[0], &last = report->points[1];
  EXPECT_NEAR(last.figures.efficiency,
              last.factors.parallel / first.factors.parallel * last.computation_scalability, 1e-12);
}

TEST(MakeReport, NeitherStrongNorWeakGetsNoLaw) {
  const auto report = MakeReport({PointOf(1, {0.1}, 1000), PointOf(4, {0.125}, 3000)}, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->kind, Kind::kMixed);
  EXPECT_FALSE(report->law.has_value());
  EXPECT_THAT(report->law_note, HasSubstr("No law"));
}

TEST(MakeReport, OnlyAConfirmedRegressionCounts) {
  const std::vector<Point> before = {PointOf(2, Repeats(0.05, 8))};
  const auto same = MakeReport({PointOf(2, Repeats(0.05, 8))}, before);
  const auto slower = MakeReport({PointOf(2, Repeats(0.06, 8))}, before);
  const auto few = MakeReport({PointOf(2, Repeats(0.06, 2))}, before);
  ASSERT_TRUE(same.ok() && slower.ok() && few.ok());
  EXPECT_FALSE(same->confirmed_regression());
  EXPECT_TRUE(slower->confirmed_regression());
  EXPECT_FALSE(few->confirmed_regression());
  EXPECT_EQ(few->points[0].change->verdict, Verdict::kInconclusive);
}

TEST(MakeReport, NoiseOfItsOwnSetsTheFloor) {
  ReportOptions options;
  for (int i = 0; i < 40; ++i) options.noise.push_back(RunOf(2, i % 3 == 0 ? 0.05 : 0.08, 0.01));
  const auto report = MakeReport({PointOf(2, Repeats(0.06, 8))}, {PointOf(2, Repeats(0.05, 8))}, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->points[0].change->floor, 0.2);
  EXPECT_FALSE(report->confirmed_regression());
}

TEST(MakeReport, SaysWhereRanksShareCores) {
  Point four = PointOf(4, {0.1});
  four.repeats[0].cores = 2;
  const auto report = MakeReport({four}, {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->points[0].oversubscribed);
  EXPECT_THAT(report->notes, ::testing::Contains(HasSubstr("share cores at 4 ranks")));
}

TEST(MakeReport, SaysWhereIntervalsAreWide) {
  const auto wide = ::testing::Contains(HasSubstr("known no better"));
  const auto noisy = MakeReport({PointOf(2, {0.1, 0.1, 0.1, 0.2, 0.1})}, {});
  const auto quiet = MakeReport({PointOf(2, Repeats(0.1, 5))}, {});
  ASSERT_TRUE(noisy.ok() && quiet.ok());
  EXPECT_THAT(noisy->notes, wide);
  EXPECT_THAT(quiet->notes, ::testing::Not(wide));
}

TEST(PointsOf, RefusesDifferentPlansOfOneNumberOfRanks) {
  KeptRun dp = RunOf(2, 0.1, 0.05), tp = RunOf(2, 0.1, 0.05);
  dp.path = "a", tp.path = "b";
  tp.scenario.mutable_plan()->set_tp(2);
  EXPECT_THAT(std::string(PointsOf({dp, tp}).status().message()), HasSubstr("a and b both have 2 ranks"));
  tp.scenario = dp.scenario;
  tp.scenario.set_name("another");
  tp.scenario.mutable_run()->set_seed(9);
  EXPECT_EQ(PointsOf({dp, tp})->front().repeats.size(), 2u);
  tp.scenario.mutable_model()->set_layers(9);
  EXPECT_THAT(std::string(PointsOf({dp, tp}).status().message()), HasSubstr("different models"));
}

TEST(PointsOf, APredictionStandsBesideItsRuns) {
  KeptRun predicted = RunOf(2, 0.09, 0.05);
  predicted.simulated = true;
  const auto points = PointsOf({RunOf(2, 0.1, 0.05), predicted, RunOf(1, 0.2, 0.2)});
  ASSERT_TRUE(points.ok());
  ASSERT_EQ(points->size(), 2u);
  EXPECT_EQ((*points)[0].ranks, 1);
  const auto report = MakeReport(*points, {});
  ASSERT_TRUE(report.ok());
  EXPECT_NEAR(report->points[1].predicted->step_s, 0.09, 1e-12);
}

TEST(NaturalLess, ComparesNumbersByValue) {
  EXPECT_TRUE(NaturalLess("p2/r2", "p2/r10"));
  EXPECT_FALSE(NaturalLess("p2/r10", "p2/r2"));
  EXPECT_TRUE(NaturalLess("p2", "p10"));
  EXPECT_TRUE(NaturalLess("a", "ab"));
  EXPECT_FALSE(NaturalLess("a", "a"));
}

TEST(LoadRuns, SaysWhatIsMissing) {
  EXPECT_EQ(LoadRuns({::testing::TempDir() + "/nothing-there"}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ringside::report
