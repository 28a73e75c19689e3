// Predicted traces of compiled scenarios.
#include "sim/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "plan/compile.h"
#include "plan/memory.h"
#include "plan/testing.h"
#include "sim/profile.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

SimulateRequest RequestOf(const plan::Layout& layout) {
  const v1::Scenario scenario = plan::ScenarioOf(layout);
  auto programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status();
  return {*programs, UncalibratedLocalCpu(2), scenario.cluster(), {}, scenario};
}

TEST(SimulateTest, EqualRequestsGiveEqualBytes) {
  const SimulateRequest request = RequestOf({.dp = 2, .tp = 2, .pp = 2, .micro_batches = 4, .overlap = true});
  const auto first = Simulate(request), second = Simulate(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST(SimulateTest, TheTraceIsCompleteAndConsistent) {
  const SimulateRequest request = RequestOf({.dp = 2, .pp = 2, .micro_batches = 2, .overlap = true});
  const auto trace = Simulate(request);
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->origin(), v1::ORIGIN_SIMULATED);
  EXPECT_THAT(trace->environment().notes(), ::testing::Contains(HasSubstr("uncalibrated")));
  ASSERT_EQ(trace->ranks_size(), 4);
  for (const v1::RankTrace& rank : trace->ranks()) {
    const plan::Program& program = request.programs[rank.rank()];
    const int steps = program.run.warmup() + 3;
    ASSERT_EQ(rank.steps_size(), steps);
    ASSERT_EQ(rank.spans_size(), steps * static_cast<int>(program.ops.size()));
    int64_t sent = 0;
    int64_t walk_end = 0;
    for (const v1::OpSpan& span : rank.spans()) {
      EXPECT_LE(span.issue_ns(), span.start_ns());
      EXPECT_LE(span.start_ns(), span.end_ns());
      const plan::Op& op = program.ops[span.op()];
      EXPECT_GE(span.start_ns(), rank.steps(span.step()).start_ns());
      EXPECT_LE(span.end_ns(), rank.steps(span.step()).end_ns());
      if (span.step() == 0) sent += span.sent_bytes();
      if (plan::IsCommunication(op.kind)) continue;
      EXPECT_GE(span.start_ns(), walk_end);  // one op after the other
      walk_end = span.end_ns();
    }
    int64_t by_collective = 0;
    for (const auto& bytes : rank.sent_bytes()) by_collective += bytes.sent_bytes();
    EXPECT_GT(sent, 0);
    EXPECT_EQ(by_collective, sent);
  }
}

TEST(SimulateTest, DepsAreKept) {
  const SimulateRequest request = RequestOf({.dp = 2, .tp = 2, .micro_batches = 2, .overlap = true});
  const auto trace = Simulate(request);
  ASSERT_TRUE(trace.ok()) << trace.status();
  for (const v1::RankTrace& rank : trace->ranks()) {
    const plan::Program& program = request.programs[rank.rank()];
    const auto num_ops = static_cast<int>(program.ops.size());
    for (int i = 0; i < rank.spans_size(); ++i) {
      for (const int32_t dep : program.ops[rank.spans(i).op()].deps) {
        EXPECT_GE(rank.spans(i).start_ns(), rank.spans(i / num_ops * num_ops + dep).end_ns());
      }
    }
  }
}

TEST(SimulateTest, MemoryEventsReachThePredictedPeak) {
  const SimulateRequest request = RequestOf({.pp = 2, .micro_batches = 4});
  const auto trace = Simulate(request);
  ASSERT_TRUE(trace.ok()) << trace.status();
  for (const v1::RankTrace& rank : trace->ranks()) {
    int64_t live = 0, peak = 0;
    int64_t persistent = 0;
    for (const v1::MemoryEvent& event : rank.memory()) {
      live += event.delta_bytes();
      peak = std::max(peak, live);
      if (event.step() < 0) persistent += event.delta_bytes();
    }
    EXPECT_EQ(peak, plan::PredictPeakMemory(request.programs[rank.rank()]).total);
    EXPECT_EQ(peak, rank.peak_total_bytes());
    EXPECT_EQ(live, persistent);
  }
}

TEST(SimulateTest, MoreRanksThanCoresTakeLonger) {
  SimulateRequest request = RequestOf({.dp = 4});
  const auto on_two = SimulateTimes(request);
  request.profile = UncalibratedLocalCpu(4);
  const auto on_four = SimulateTimes(request);
  ASSERT_TRUE(on_two.ok() && on_four.ok());
  EXPECT_GT(SteadyStepNs(*on_two, 1), 1.5 * static_cast<double>(SteadyStepNs(*on_four, 1)));
}

TEST(SimulateTest, ASlowLinkSlowsTheStepAndAFastOneNever) {
  v1::Scenario scenario = plan::ScenarioOf({.dp = 4, .overlap = true, .bucket_mib = 0.05});
  scenario.mutable_cluster()->set_nodes(4);
  const auto programs = plan::Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  int64_t before = INT64_MAX;
  for (const double gbps : {0.05, 0.2, 1.0, 5.0, 50.0}) {
    SimulateRequest request{*programs, UncalibratedLocalCpu(2), scenario.cluster()};
    request.cluster.mutable_links()->mutable_inter_node()->set_gbps(50);
    v1::SlowLink* slow = request.faults.emplace_back().mutable_slow_link();
    slow->set_node(2);
    slow->set_gbps(gbps);
    const auto timeline = SimulateTimes(request);
    ASSERT_TRUE(timeline.ok()) << timeline.status();
    const int64_t step_ns = SteadyStepNs(*timeline, 1);
    EXPECT_LE(step_ns, before) << gbps;
    // Gradients of 4 ranks: 2 * 3/4 of them leave node 2 each step.
    int64_t grad_bytes = 0;
    for (const plan::Param& param : programs->front().params) grad_bytes += 4 * param.grad.view.elems;
    EXPECT_GT(static_cast<double>(step_ns), 1.5 * static_cast<double>(grad_bytes) / (gbps / 8)) << gbps;
    before = step_ns;
  }
}

TEST(SimulateTest, RefusesWhatItCannotPredict) {
  SimulateRequest request = RequestOf({.dp = 2});
  request.faults.emplace_back().mutable_kill_rank()->set_rank(1);
  EXPECT_THAT(std::string(Simulate(request).status().message()), HasSubstr("faults[0].kill_rank"));
  request = RequestOf({.dp = 2});
  request.faults.emplace_back().mutable_slow_link()->set_node(7);
  EXPECT_THAT(std::string(Simulate(request).status().message()), HasSubstr("faults[0].slow_link.node: 7"));
  request = RequestOf({.dp = 2});
  request.profile.clear_kernels();
  EXPECT_THAT(std::string(Simulate(request).status().message()), HasSubstr("no law for \"gemm\""));
  request = RequestOf({.dp = 2});
  request.programs.clear();
  EXPECT_FALSE(Simulate(request).ok());
}

}  // namespace
}  // namespace ringside::sim
