#include "sim/cost/gpu_fold_costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/catalogue/catalogue.h"
#include "sim/fold/folded.h"
#include "sim/gpu/gemm_law.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

v1::ClusterSpec H100(int ranks) {
  v1::ClusterSpec cluster;
  cluster.set_device("h100-sxm");
  FillNodes(BuiltInCatalogue(), ranks, &cluster);
  return cluster;
}

v1::Scenario Gpt(int ranks) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt3-6.7b");
  *scenario.mutable_cluster() = H100(ranks);
  v1::ParallelPlan* plan = scenario.mutable_plan();
  plan->set_tp(2), plan->set_pp(2), plan->set_dp(ranks / 4), plan->set_micro_batches(8);
  plan->set_precision(v1::PRECISION_BF16);
  return scenario;
}

double StepNs(const v1::Scenario& scenario) {
  const auto resolved = plan::Resolve(scenario);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  const auto cluster = GpuClusterOf(BuiltInCatalogue(), resolved->scenario.cluster());
  EXPECT_TRUE(cluster.ok()) << cluster.status();
  const auto step = SimulateFolded(*resolved, GpuFoldCosts(*cluster, *resolved));
  EXPECT_TRUE(step.ok()) << step.status();
  return step->step_ns;
}

TEST(GpuCluster, NodesAreAsLargeAsTheLinkInsideOfThemAllows) {
  EXPECT_EQ(H100(64).nodes(), 8);
  EXPECT_EQ(H100(4).devices_per_node(), 4);
  EXPECT_EQ(H100(12).devices_per_node(), 6);
  v1::ClusterSpec given = H100(64);
  given.set_devices_per_node(16), given.set_nodes(4);
  EXPECT_THAT(std::string(GpuClusterOf(BuiltInCatalogue(), given).status().message()),
              HasSubstr("cluster.devices_per_node: 16 is more than the 8"));
}

TEST(GpuCluster, UnknownNamesAreRefusedByField) {
  v1::ClusterSpec cluster = H100(8);
  cluster.set_stack("none");
  EXPECT_THAT(std::string(GpuClusterOf(BuiltInCatalogue(), cluster).status().message()),
              HasSubstr("cluster.stack"));
  cluster.set_device("abacus");
  EXPECT_EQ(GpuClusterOf(BuiltInCatalogue(), cluster).status().code(), absl::StatusCode::kNotFound);
}

TEST(GpuFoldCosts, AProductCostsWhatTheLawAndTheStackSay) {
  const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), H100(8));
  const GpuOpCosts costs(cluster, false);
  plan::Op op;
  op.kind = plan::OpKind::kGemm;
  op.dims = {4096, 4096, 4096};
  const double law = 1e9 * gpu::GemmSeconds(cluster.device, gpu::Precision::kBf16, 4096, 4096, 4096);
  EXPECT_NEAR(costs.ComputeNs(op, plan::DType::kBf16),
              law * cluster.stack.kernel_factor() / cluster.device.sustained_clock(), 1e-6 * law);
  EXPECT_GT(costs.ComputeNs(op, plan::DType::kF32), costs.ComputeNs(op, plan::DType::kBf16));
}

TEST(GpuFoldCosts, GroupsCountTheNodesThatTheyTouch) {
  const gpu::Group group = GroupOnNodes({0, 1, 0, 1, 2, 2});
  EXPECT_EQ(group.ranks, 6);
  EXPECT_EQ(group.domains(), 3);
}

TEST(GpuFoldCosts, EveryFieldOfTheClusterChangesTheStep) {
  const double usual = StepNs(Gpt(32));
  v1::Scenario scenario = Gpt(32);
  scenario.mutable_cluster()->mutable_links()->mutable_inter_node()->set_gbps(100);
  EXPECT_GT(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->mutable_links()->mutable_inter_node()->set_latency_us(500);
  EXPECT_GT(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->mutable_links()->mutable_intra_node()->set_gbps(500);
  EXPECT_GT(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->set_stack("eager");
  EXPECT_NE(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->set_placement(v1::PLACEMENT_TP_ACROSS);
  EXPECT_GT(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->set_nodes(8), scenario.mutable_cluster()->set_devices_per_node(4);
  EXPECT_NE(StepNs(scenario), usual);
  scenario = Gpt(32);
  scenario.mutable_cluster()->set_device("A100");
  EXPECT_GT(StepNs(scenario), usual);
}

TEST(GpuFoldCosts, AFasterLinkNeverSlowsAStep) {
  double before = 1e300;
  for (const double gbps : {10.0, 50.0, 100.0, 200.0, 400.0, 800.0, 3200.0}) {
    v1::Scenario scenario = Gpt(64);
    scenario.mutable_plan()->set_zero(1);
    scenario.mutable_cluster()->mutable_links()->mutable_inter_node()->set_gbps(gbps);
    const double step = StepNs(scenario);
    EXPECT_LE(step, before * (1 + 1e-12)) << gbps;
    before = step;
  }
}

TEST(GpuFoldCosts, WhereTheTimeGoesAddsUp) {
  const auto resolved = plan::Resolve(Gpt(32));
  const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), resolved->scenario.cluster());
  const auto step = SimulateFolded(*resolved, GpuFoldCosts(cluster, *resolved));
  ASSERT_TRUE(step.ok());
  for (const FoldedStage& stage : step->stages) {
    EXPECT_NEAR(stage.times.total_ns() + stage.idle_ns, step->clock_ns, 1e-6 * step->clock_ns);
    const auto& exposed = stage.times.exposed_ns;
    EXPECT_GT(exposed[static_cast<int>(plan::Stream::kTp)], 0);
    EXPECT_GT(
        exposed[static_cast<int>(plan::Stream::kDp)] + exposed[static_cast<int>(plan::Stream::kEmbedding)],
        0);
  }
}

}  // namespace
}  // namespace ringside::sim
