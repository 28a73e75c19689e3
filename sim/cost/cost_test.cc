#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "sim/cost/gemm_law.h"
#include "sim/cost/profile_cost_model.h"
#include "sim/profile.h"

namespace ringside::sim {
namespace {

v1::GemmPoint PointOf(int64_t m, int64_t n, int64_t k, double ns) {
  v1::GemmPoint point;
  point.set_m(m);
  point.set_n(n);
  point.set_k(k);
  point.set_ns(ns);
  return point;
}

v1::KernelLaw BaseLaw() {
  v1::KernelLaw law;
  law.set_overhead_ns(1000);
  law.set_ns_per_flop(0.01);
  return law;
}

TEST(GemmLawTest, GoesThroughMeasuredPointsAndBetweenThem) {
  const auto base = [](double m, double n, double k) { return 1000 + 0.02 * m * n * k; };
  const GemmLaw law(
      {PointOf(64, 64, 64, 1.5 * base(64, 64, 64)), PointOf(256, 256, 256, 1.1 * base(256, 256, 256))},
      BaseLaw(), 4);
  EXPECT_NEAR(law.Nanoseconds(false, false, 64, 64, 64), 1.5 * base(64, 64, 64), 1e-3);
  EXPECT_NEAR(law.Nanoseconds(false, false, 256, 256, 256), 1.1 * base(256, 256, 256), 1e-3);
  // Half way in log space: the geometric mean of the two ratios.
  EXPECT_NEAR(law.Nanoseconds(false, false, 128, 128, 128), std::sqrt(1.5 * 1.1) * base(128, 128, 128), 1);
}

TEST(GemmLawTest, OutsideTheMeasuredRangeTheNearestEfficiencyHolds) {
  const GemmLaw law(
      {PointOf(64, 64, 64, 3e3), PointOf(1024, 1024, 1024, 1.2 * (1000 + 0.02 * std::pow(1024.0, 3)))},
      BaseLaw(), 4);
  const double far = law.Nanoseconds(false, false, 16384, 16384, 16384);
  EXPECT_NEAR(far / (0.02 * std::pow(16384.0, 3)), 1.2, 1e-6);
  // A transpose that was not measured takes the points of one that was.
  EXPECT_DOUBLE_EQ(law.Nanoseconds(true, false, 100, 100, 100), law.Nanoseconds(false, false, 100, 100, 100));
}

TEST(ProfileCostModelTest, LinkLawsFollowLoadAndGroup) {
  v1::DeviceProfile profile = UncalibratedLocalCpu(2);
  profile.clear_links();
  const auto add = [&](const char* kind, int ranks, int ranks_per_node, double alpha, double beta) {
    v1::LinkLaw& law = *profile.add_links();
    law.set_link("intra_node");
    law.set_kind(kind);
    law.set_ranks(ranks);
    law.set_ranks_per_node(ranks_per_node);
    law.set_alpha_ns(alpha);
    law.set_beta_ns_per_byte(beta);
  };
  add("all_reduce", 2, 2, 100, 0.1);
  add("all_reduce", 2, 4, 200, 0.4);
  add("all_reduce", 4, 4, 300, 0.6);
  AddDefaultInterNodeLaw(&profile);
  const auto quiet = ProfileCostModel::Create(profile, 2), loaded = ProfileCostModel::Create(profile, 4);
  ASSERT_TRUE(quiet.ok() && loaded.ok()) << quiet.status();
  EXPECT_EQ(quiet->Message(plan::OpKind::kAllReduce, 2, true).latency_ns, 100);
  EXPECT_EQ(loaded->Message(plan::OpKind::kAllReduce, 2, true).latency_ns, 200);
  EXPECT_EQ(loaded->Message(plan::OpKind::kAllReduce, 4, true).latency_ns, 300);
  // Four ranks on two cores took 0.6 ns a byte: each had half a core, so the work is half of it.
  EXPECT_DOUBLE_EQ(loaded->Message(plan::OpKind::kAllReduce, 4, true).cpu_ns_per_byte, 0.3);
}

TEST(ProfileTest, SurvivesAFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "ringside_profile_test.yaml";
  v1::DeviceProfile profile = UncalibratedLocalCpu(3);
  *profile.add_gemm() = PointOf(64, 65, 66, 1234.5);
  ASSERT_TRUE(SaveProfile(profile, path.string()).ok());
  const auto read = LoadProfile(path.string());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), profile.SerializeAsString());
  std::filesystem::remove(path);
  EXPECT_EQ(LoadProfile(path.string()).status().code(), absl::StatusCode::kNotFound);
}

TEST(ProfileTest, FiguresThatPredictNothingAreRefused) {
  v1::DeviceProfile profile = UncalibratedLocalCpu(2);
  profile.add_gemm()->set_ns(-1);
  EXPECT_FALSE(ProfileCostModel::Create(profile, 1).ok());
  profile = UncalibratedLocalCpu(2);
  profile.mutable_kernels(0)->set_ns_per_flop(NAN);
  EXPECT_FALSE(ProfileCostModel::Create(profile, 1).ok());
}

}  // namespace
}  // namespace ringside::sim
