// Hand-made programs through the whole of a rank: executor, communicator, tracer, arena.
#include "workers/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "plan/collective.h"
#include "plan/memory.h"
#include "workers/local_cluster.h"
#include "workers/rank_runner.h"
#include "workers/testing/programs.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

using plan::Category;
using plan::OpKind;
using plan::Stream;
using ::testing::HasSubstr;

TEST(ExecutorTest, ComputesAndCommunicatesExactly) {
  for (plan::DType real : {plan::DType::kF32, plan::DType::kF64}) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const auto programs = RingPrograms(4, 3, real);
      const auto trace = RunInThreads(programs, {.shuffle_seed = seed});
      ASSERT_TRUE(trace.ok()) << trace.status();
      for (int rank = 0; rank < 4; ++rank) {
        const auto& params = trace->ranks(rank).params();
        ASSERT_EQ(params.size(), 2);
        for (double value : params[0].weights()) ASSERT_EQ(value, 10);
        for (double value : params[1].weights()) ASSERT_EQ(value, (rank + 3) % 4);
      }
    }
  }
}

TEST(ExecutorTest, TheTraceTellsEverything) {
  auto programs = RingPrograms(4, 5, plan::DType::kF32);
  for (auto& program : programs) program.run.set_warmup(2);
  const auto trace = RunInThreads(programs);
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->origin(), v1::ORIGIN_MEASURED);
  EXPECT_THAT(trace->environment().kernels(), HasSubstr("reference"));
  EXPECT_FALSE(trace->environment().cpu_model().empty());
  for (int rank = 0; rank < 4; ++rank) {
    const plan::Program& program = programs[rank];
    const v1::RankTrace& of = trace->ranks(rank);
    EXPECT_EQ(of.rank(), rank);
    ASSERT_EQ(of.steps_size(), 5);
    for (const auto& step : of.steps()) {
      EXPECT_TRUE(step.has_loss());
      EXPECT_EQ(step.loss(), rank + 0.5);
      EXPECT_LT(step.start_ns(), step.end_ns());
    }
    ASSERT_EQ(of.spans_size(), 5 * static_cast<int>(program.ops.size()));
    for (const auto& span : of.spans()) {
      const auto& step = of.steps(span.step());
      EXPECT_LE(step.start_ns(), span.issue_ns());
      EXPECT_LE(span.issue_ns(), span.start_ns());
      EXPECT_LE(span.start_ns(), span.end_ns());
      EXPECT_LE(span.end_ns(), step.end_ns());
      const plan::Op& op = program.ops[span.op()];
      for (int32_t dep : op.deps) {
        EXPECT_LE(of.spans(span.step() * program.ops.size() + dep).end_ns(), span.start_ns());
      }
      if (!plan::IsCommunication(op.kind)) continue;
      const auto rounds = plan::RoundsOf(op, program.groups, rank);
      EXPECT_EQ(span.sent_bytes(), 4 * plan::SentElems(rounds));
      EXPECT_EQ(span.received_bytes(), 4 * plan::ReceivedElems(rounds));
    }
    const plan::PeakMemory peak = plan::PredictPeakMemory(program);
    EXPECT_EQ(of.peak_total_bytes(), peak.total);
    for (const auto& category : of.peak_bytes()) {
      EXPECT_EQ(category.bytes(), peak.by_category[category.category() - 1]);
    }
    int64_t live = 0, highest = 0;
    std::vector<int> steps;
    for (const auto& event : of.memory()) {
      live += event.delta_bytes();
      highest = std::max(highest, live);
      if (steps.empty() || steps.back() != event.step()) steps.push_back(event.step());
    }
    EXPECT_EQ(highest, peak.total);
    EXPECT_EQ(steps, (std::vector<int>{-1, 0, 2}));
    ASSERT_EQ(of.sent_bytes_size(), 3);  // all_reduce dp, recv pp, send pp
    EXPECT_EQ(of.sent_bytes(2).collective(), "send");
    EXPECT_EQ(of.sent_bytes(2).sent_bytes(), 40);
    EXPECT_EQ(of.sent_bytes(2).calls(), 1);
  }
}

TEST(ExecutorTest, TheMemoryLimitStopsTheJobWithItsCause) {
  auto programs = RingPrograms(3, 2, plan::DType::kF32);
  programs[1].memory_limit_bytes = plan::PredictPeakMemory(programs[1]).total;
  EXPECT_TRUE(RunInThreads(programs).ok()) << "the limit is met exactly";
  --programs[1].memory_limit_bytes;
  const auto trace = RunInThreads(programs);
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string message(trace.status().message());
  for (const char* part : {"rank 1 step 0 op 2 forward fill", "\"mine\"", "memory limit"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(ExecutorTest, WhatLivesAcrossStepsMustFitBeforeTheFirst) {
  plan::ProgramBuilder builder(EmptyProgram(0, 1, 1, plan::DType::kF32));
  builder.Emit(FillOp(builder.AddPersistent("x", Category::kWeights, 1000), 1));
  plan::Program program = builder.Finish();
  program.memory_limit_bytes = 64;
  const auto trace = RunInThreads({program});
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(trace.status().message()), HasSubstr("rank 0 before the first step: buffer \"x\""));
}

TEST(ExecutorTest, StopsWhenTold) {
  plan::ProgramBuilder builder(EmptyProgram(0, 1, 1'000'000, plan::DType::kF32));
  builder.Emit(FillOp(builder.AddPersistent("x", Category::kWeights, 1), 1));
  const plan::Program program = builder.Finish();
  auto kernels = MakeKernels(program.real, program.run.kernels());
  ASSERT_TRUE(kernels.ok());
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  const SteadyClock clock;
  RunControl control;
  RankRun run{&program, &*kernels, transport.get(), &clock, &control};
  run.on_step = [&](const StepReport& report) { control.stop = report.step == 3; };
  const auto trace = RunRank(run);
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(trace.status().message()), HasSubstr("rank 0 step 4"));
  EXPECT_EQ(control.ops_done, 4);
}

TEST(ExecutorTest, ALossThatIsNotANumberIsRecorded) {
  plan::ProgramBuilder builder(EmptyProgram(0, 1, 2, plan::DType::kF32));
  const auto loss = builder.AddPersistent("loss", Category::kWorkspace, 1);
  builder.SetLossBuffer(loss.buffer);
  builder.Emit(FillOp(loss, std::nan("")));
  int reports = 0;
  LocalClusterOptions options;
  options.on_step = [&](int, const StepReport& report) {
    reports += report.has_loss && std::isnan(report.loss);
  };
  const auto trace = RunInThreads({builder.Finish()}, options);
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_TRUE(std::isnan(trace->ranks(0).steps(1).loss()));
  EXPECT_EQ(reports, 2);
}

TEST(ExecutorTest, FaultsAreNotPlayedInThisProcess) {
  auto programs = RingPrograms(2, 1, plan::DType::kF32);
  programs[0].faults.emplace_back().mutable_kill_rank()->set_rank(0);
  EXPECT_EQ(RunInThreads(programs).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::workers
