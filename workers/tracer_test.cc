#include "workers/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workers/environment.h"
#include "workers/testing/programs.h"

namespace ringside::workers {
namespace {

plan::Program TwoFills(int steps) {
  plan::ProgramBuilder builder(EmptyProgram(0, 1, steps, plan::DType::kF32));
  const auto x = builder.AddPersistent("x", plan::Category::kWeights, 1);
  builder.Emit(FillOp(x, 1));
  builder.Emit(FillOp(x, 2));
  return builder.Finish();
}

void Record(Tracer* tracer, int steps) {
  for (int step = 0; step < steps; ++step) {
    const int64_t at = 1000 + 100 * step;
    tracer->BeginStep(step, at);
    tracer->Compute(0, at + 1, at + 2);
    tracer->Compute(1, at + 3, at + 5);
    tracer->Memory(at + 3, 1, 0, 64);
    tracer->EndStep(at + 10, true, step);
  }
}

TEST(TracerTest, TimesAreOnTheJobsClock) {
  const plan::Program program = TwoFills(2);
  Tracer tracer(program);
  Record(&tracer, 2);
  EXPECT_EQ(tracer.first_step_start_ns(), 1000);
  // This rank's clock is 50 behind rank 0's, whose first step began at 1040.
  const ClockSample sample{900, 50, 7};
  const v1::RankTrace trace = tracer.Finish(ClockAlignment(sample, sample, 1040), Arena(0));
  EXPECT_EQ(trace.steps(0).start_ns(), 10);
  EXPECT_EQ(trace.steps(1).end_ns(), 120);
  ASSERT_EQ(trace.spans_size(), 4);
  EXPECT_EQ(trace.spans(3).op(), 1);
  EXPECT_EQ(trace.spans(3).step(), 1);
  EXPECT_EQ(trace.spans(3).start_ns(), 113);
  EXPECT_EQ(trace.spans(3).end_ns(), 115);
  EXPECT_EQ(trace.clock_offset_ns(), 10 - 1000);
  EXPECT_EQ(trace.clock_residual_ns(), 7);
}

TEST(TracerTest, WhatIsNotKeptIsSaid) {
  plan::Program program = TwoFills(10);
  program.run.set_warmup(6);
  Tracer tracer(program, /*max_spans=*/8);
  Record(&tracer, 10);
  EXPECT_EQ(tracer.dropped_steps(), 6);
  const v1::RankTrace trace = tracer.Finish(ClockAlignment(), Arena(0));
  EXPECT_EQ(trace.spans_size(), 8);
  EXPECT_EQ(trace.steps_size(), 10);
  EXPECT_EQ(trace.steps(9).loss(), 9);
  ASSERT_EQ(trace.memory_size(), 2);
  EXPECT_EQ(trace.memory(0).step(), 0);
  EXPECT_EQ(trace.memory(1).step(), 6);
  v1::Environment environment;
  AddNotes(program, trace, &environment);
  EXPECT_THAT(environment.notes(), ::testing::Contains(::testing::HasSubstr("first 4 of 10 steps")));
}

TEST(TracerTest, ARunThatGoesOnWarmsUpAgain) {
  plan::Program program = TwoFills(10);
  program.run.set_warmup(2);
  Tracer tracer(program);
  std::vector<int> kept;
  for (int step = 5; step < 10; ++step) {
    tracer.BeginStep(step, 1000);
    if (tracer.KeepsMemory()) kept.push_back(step);
    tracer.EndStep(2000, false, 0);
  }
  EXPECT_EQ(kept, (std::vector<int>{5, 7}));
}

TEST(TracerTest, RoundsAreKeptUpToALimit) {
  const plan::Program program = TwoFills(2);
  Tracer tracer(program, Tracer::kMaxSpans, /*max_hops=*/3);
  for (int step = 0; step < 2; ++step) {
    tracer.BeginStep(step, 1000);
    CommRecord record;
    record.hops = {{0, 1, -1, 1010, 1020, 64, 0}, {1, -1, 2, 1020, 1030, 0, 32}};
    tracer.Communication(1, record);
    tracer.EndStep(2000, false, 0);
  }
  const ClockSample sample{0, 0, 0};
  const v1::RankTrace trace = tracer.Finish(ClockAlignment(sample, sample, 1000), Arena(0));
  ASSERT_EQ(trace.hops_size(), 3);
  EXPECT_EQ(trace.dropped_hops(), 1);
  const v1::HopSpan& hop = trace.hops(1);
  EXPECT_EQ(hop.op(), 1);
  EXPECT_EQ(hop.step(), 0);
  EXPECT_EQ(hop.round(), 1);
  EXPECT_EQ(hop.start_ns(), 20);
  EXPECT_EQ(hop.end_ns(), 30);
  EXPECT_EQ(hop.send_to(), -1);
  EXPECT_EQ(hop.recv_from(), 2);
  EXPECT_EQ(hop.received_bytes(), 32);
  EXPECT_EQ(trace.hops(2).step(), 1);
  v1::Environment environment;
  AddNotes(program, trace, &environment);
  EXPECT_THAT(environment.notes(), ::testing::Contains(::testing::HasSubstr("3 rounds of communication")));
}

}  // namespace
}  // namespace ringside::workers
