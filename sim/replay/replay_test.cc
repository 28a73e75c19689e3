// A machine whose truth is known: simulated runs stand for measured ones, and what a replay says of a change
// is held against a simulation in which it really was made.
#include "sim/replay/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/compile.h"
#include "plan/testing.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::sim {
namespace {

struct Machine {
  double inter_gbps = 1;
  double straggler = 1;
};

v1::Trace Measured(const plan::Layout& layout, const Machine& machine) {
  v1::Scenario scenario = plan::ScenarioOf(layout, "gpt2-tiny");
  scenario.mutable_run()->set_warmup(1);
  scenario.mutable_run()->set_steps(5);
  v1::ClusterSpec* cluster = scenario.mutable_cluster();
  cluster->set_nodes(layout.ranks());
  cluster->set_devices_per_node(1);
  cluster->mutable_links()->mutable_inter_node()->set_gbps(machine.inter_gbps);
  if (machine.straggler > 1) {
    v1::Straggler* straggler = scenario.add_faults()->mutable_straggler();
    straggler->set_rank(1);
    straggler->set_factor(machine.straggler);
  }
  SimulateRequest request;
  request.programs = *plan::Compile(scenario);
  request.profile = UncalibratedLocalCpu(1);
  request.cluster = *cluster;
  request.scenario = scenario;
  request.steps = 5;
  request.core_sharing = CoreSharing::kPerNode;
  auto trace = Simulate(request);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return *trace;
}

double Step(const v1::Trace& trace) {
  const auto replay = ReplayTrace(trace);
  EXPECT_TRUE(replay.ok()) << replay.status();
  return replay->measured_step_s;
}

const plan::Layout kLayouts[] = {
    {.dp = 4, .micro_batch = 2},
    {.dp = 2, .micro_batch = 2, .micro_batches = 2, .overlap = true},
    {.tp = 2, .micro_batch = 4},
    {.dp = 2, .pp = 2, .micro_batch = 1, .micro_batches = 4},
};

TEST(ReplayTest, WithoutAChangeItIsTheMeasuredStep) {
  for (const plan::Layout& layout : kLayouts) {
    const auto replay = ReplayTrace(Measured(layout, {}));
    ASSERT_TRUE(replay.ok()) << replay.status();
    EXPECT_NEAR(replay->residual(), 0, 0.03) << plan::ToString(layout);
    ASSERT_EQ(replay->steps.size(), 4u);
    EXPECT_EQ(replay->steps[0].speedup, 1);
  }
}

TEST(ReplayTest, TakingTheStragglerAwayIsARunWithoutOne) {
  for (const plan::Layout& layout : {kLayouts[0], kLayouts[1], kLayouts[2]}) {
    const Machine slowed = {.straggler = 3};
    const v1::Trace trace = Measured(layout, slowed);
    const double without_s = Step(Measured(layout, {}));
    const auto replay = ReplayTrace(trace);
    ASSERT_TRUE(replay.ok()) << replay.status();
    EXPECT_GT(replay->measured_step_s, 1.2 * without_s) << plan::ToString(layout) << ": it must matter";
    EXPECT_NEAR(replay->steps[1].step_s / without_s, 1, 0.05) << plan::ToString(layout);
  }
}

TEST(ReplayTest, FasterLinksAreARunWithFasterLinks) {
  for (const plan::Layout& layout : kLayouts) {
    const double faster_s = Step(Measured(layout, {.inter_gbps = 2}));
    const auto replay = ReplayTrace(Measured(layout, {.inter_gbps = 1}), {.link_factor = 2});
    ASSERT_TRUE(replay.ok()) << replay.status();
    EXPECT_THAT(replay->steps[2].what, ::testing::HasSubstr("links between nodes 2 times"));
    // Latency and the receiver's work do not become faster with a link; a rate that holds them does.
    EXPECT_NEAR(replay->steps[2].step_s / faster_s, 1, 0.12) << plan::ToString(layout);
    EXPECT_GT(replay->steps[2].speedup, 1.0) << plan::ToString(layout);
  }
}

TEST(ReplayTest, FreeCommunicationLeavesComputationAndBubbles) {
  for (const plan::Layout& layout : kLayouts) {
    const auto slow = ReplayTrace(Measured(layout, {.inter_gbps = 0.5}));
    const auto fast = ReplayTrace(Measured(layout, {.inter_gbps = 5}));
    ASSERT_TRUE(slow.ok() && fast.ok());
    // However slow the links were, what is left without them is the same, but for what a message that comes
    // in takes of its receiver's core: the durations hold that.
    EXPECT_NEAR(slow->steps[3].step_s / fast->steps[3].step_s, 1, 0.08) << plan::ToString(layout);
    EXPECT_LT(slow->steps[3].step_s, slow->steps[0].step_s);
  }
}

TEST(ReplayTest, SaysWhatATraceLacks) {
  v1::Trace trace = Measured(kLayouts[0], {});
  EXPECT_EQ(ReplayTrace(trace, {.link_factor = 0}).status().code(), absl::StatusCode::kInvalidArgument);
  v1::Trace cut = trace;
  cut.mutable_ranks()->RemoveLast();
  EXPECT_THAT(ReplayTrace(cut).status().message(), ::testing::HasSubstr("3 ranks and 4 programs"));
  cut = trace;
  cut.mutable_ranks(2)->mutable_spans(0)->set_op(1 << 20);
  EXPECT_THAT(ReplayTrace(cut).status().message(), ::testing::HasSubstr("rank 2"));
  cut = trace;
  cut.mutable_ranks(1)->clear_spans();
  EXPECT_THAT(ReplayTrace(cut).status().message(), ::testing::HasSubstr("rank 1 has no op"));
  EXPECT_EQ(ReplayTrace(v1::Trace()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::sim
