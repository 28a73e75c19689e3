// A straggler computes for longer, on a clock that ticks once a reading.
#include <gtest/gtest.h>

#include "workers/rank_runner.h"
#include "workers/testing/programs.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

class TickingClock : public Clock {
 public:
  int64_t NowNs() const override { return now_ns_ += 100; }

 private:
  mutable int64_t now_ns_ = 0;
};

// How long the first compute op of a step took.
int64_t ComputeNs(const plan::Program& program) {
  auto kernels = MakeKernels(program.real, v1::KERNELS_REFERENCE);
  EXPECT_TRUE(kernels.ok());
  ThreadNetwork network(1);
  const auto transport = network.Endpoint(0);
  const TickingClock clock;
  RunControl control;
  RankRun run{&program, &*kernels, transport.get(), &clock, &control};
  const auto trace = RunRank(run);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return trace.ok() ? trace->spans(0).end_ns() - trace->spans(0).start_ns() : -1;
}

TEST(Straggler, ComputesSoManyTimesLonger) {
  plan::Program program;
  program.real = plan::DType::kF32;
  program.buffers = {{"x", plan::Category::kWeights, plan::DType::kF32, 4, -1, -1}};
  plan::Op fill;
  fill.kind = plan::OpKind::kFill;
  fill.operands = {{0, 0, 4}};
  fill.dims = {4};
  fill.scalars = {1.0};
  program.ops = {fill};
  program.run.set_steps(1);
  EXPECT_EQ(ComputeNs(program), 100);
  v1::Fault fault;
  fault.mutable_straggler()->set_factor(50);
  program.faults = {fault};
  // As if the op had taken a tick: 50 of them, and the reading that ends it.
  EXPECT_GE(ComputeNs(program), 5000);
  EXPECT_LE(ComputeNs(program), 5400);
}

}  // namespace
}  // namespace ringside::workers
