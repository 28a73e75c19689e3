// The arithmetic that the benchmarks' figures rest on, and the programs they speak with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/testing.h"
#include "workers/bench/child_process.h"
#include "workers/bench/limit.h"
#include "workers/bench/op_times.h"
#include "workers/bench/statistics.h"
#include "workers/bench/stepped_run.h"

namespace ringside::bench {
namespace {

TEST(Statistics, QuantilesAreNearestRank) {
  EXPECT_EQ(Quantile({3, 1, 2, 5, 4}, 0.5), 3);
  EXPECT_EQ(Quantile({3, 1, 2, 5, 4}, 0.2), 1);
  EXPECT_EQ(Quantile({3, 1, 2, 5, 4}, 1), 5);
  EXPECT_EQ(Quantile({}, 0.5), 0);
  EXPECT_EQ(MedianAndSpread({0.001, 0.002, 0.004}, 1e3), "2.0 (1.0 .. 4.0)");
}

TEST(Limit, AdamWMovesTwentyEightBytesAParameterInFp32AndInBf16) {
  for (const v1::Precision precision : {v1::PRECISION_FP32, v1::PRECISION_BF16}) {
    v1::Scenario scenario = plan::ScenarioOf({});
    scenario.mutable_plan()->set_precision(precision);
    const plan::Resolved resolved = *plan::Resolve(scenario);
    const plan::Program program = plan::CompileRank(resolved, 0);
    const Limit limit = LimitOf(resolved, program, 100, 10);
    EXPECT_EQ(limit.optimizer_bytes, 28.0 * static_cast<double>(plan::NumParameters(resolved)));
    EXPECT_DOUBLE_EQ(limit.optimizer_s, limit.optimizer_bytes / 10e9);
    EXPECT_DOUBLE_EQ(limit.gemm_s, static_cast<double>(plan::ModelFlopsPerStep(resolved)) / 100e9);
    EXPECT_LT(limit.share(), 1);
  }
}

TEST(OpTimes, WhatIsInNoOpIsOutside) {
  plan::Program program;
  program.run.set_warmup(1), program.run.set_steps(4);
  program.ops.resize(2);
  program.ops[0].kind = plan::OpKind::kGemm, program.ops[0].flops = 6'000'000'000;
  program.ops[1].kind = plan::OpKind::kAllReduce;
  v1::RankTrace trace;
  for (int step = 0; step < 4; ++step) {
    v1::StepMark* mark = trace.add_steps();
    mark->set_step(step), mark->set_start_ns(10'000'000 * step),
        mark->set_end_ns(10'000'000 * step + 9'000'000);
    for (int op = 0; op < 2; ++op) {
      v1::OpSpan* span = trace.add_spans();
      span->set_step(step), span->set_op(op), span->set_start_ns(0);
      span->set_end_ns(2'000'000 * step + 1'000'000);  // 3, 5 and 7 ms after the warm-up
    }
  }
  const auto times = OpTimesOf(program, trace);
  ASSERT_EQ(times.size(), 2u);
  EXPECT_DOUBLE_EQ(times.at("forward gemm").ms, 5);
  EXPECT_DOUBLE_EQ(times.at("forward gemm").gflop, 6);
  EXPECT_DOUBLE_EQ(times.at(kOutside).ms, 4);
  EXPECT_EQ(Sorted(times)[0].first, "forward gemm");
  EXPECT_DOUBLE_EQ(MeanOf({times, {}}).at("forward gemm").ms, 2.5);
}

TEST(SteppedRun, DoesAsManyStepsAsAskedAndThenTellsWhereTheTimeWent) {
  v1::Scenario scenario = plan::ScenarioOf({});
  scenario.mutable_run()->set_steps(6);
  auto run = SteppedRun::Start(scenario);
  ASSERT_TRUE(run.ok()) << run.status();
  for (int steps : {2, 3}) {
    const auto seconds = (*run)->Step(steps);
    ASSERT_TRUE(seconds.ok()) << seconds.status();
    EXPECT_THAT(*seconds, testing::AllOf(testing::SizeIs(steps), testing::Each(testing::Gt(0))));
  }
  EXPECT_FALSE((*run)->Step(1).ok());
  const auto times = (*run)->Finish();
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_GT(times->at("forward gemm").ms, 0);
}

TEST(SteppedRun, CanBeLeftInTheMiddle) {
  v1::Scenario scenario = plan::ScenarioOf({});
  scenario.mutable_run()->set_steps(100);
  EXPECT_TRUE(SteppedRun::Start(scenario).ok());
  EXPECT_EQ(SteppedRun::Start(plan::ScenarioOf({.dp = 2})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ChildProcess, SpeaksInLinesAndEndsWithItsInput) {
  auto child = ChildProcess::Start({"/bin/sh", "-c", "while read -r x; do echo \"$GREETING $x\"; done"},
                                   {{"GREETING", "hello"}});
  ASSERT_TRUE(child.ok()) << child.status();
  for (const char* name : {"one", "two"}) {
    ASSERT_TRUE((*child)->WriteLine(name).ok());
    EXPECT_EQ((*child)->ReadLine().value_or("none"), std::string("hello ") + name);
  }
  EXPECT_EQ((*child)->ReadToEnd().value_or("none"), "");
}

TEST(ChildProcess, AFailureIsSeen) {
  auto child = ChildProcess::Start({"/bin/sh", "-c", "echo last; exit 3"});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ((*child)->ReadLine().value_or("none"), "last");
  EXPECT_EQ((*child)->ReadLine().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*child)->ReadToEnd().status().message(), "it exited with 3");
  EXPECT_EQ(ChildProcess::Start({"/no/such/program"}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ringside::bench
