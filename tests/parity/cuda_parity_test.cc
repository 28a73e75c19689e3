// A GPU computes the mathematics of the CPU: one rank of it, and several ranks on one card over NCCL, against
// one rank of the CPU. Tolerances as in parity_test.cc (docs/numerics.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/parity/exactness.h"
#include "tests/parity/gather.h"
#include "workers/cuda/testing/forked_ranks.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr int kGlobalBatch = 8, kTimeoutS = 120;

struct Mode {
  const char* name;
  v1::Precision precision;
  double loss_tolerance, tolerance;
};
constexpr Mode kModes[] = {{"fp64", v1::PRECISION_FP64, 1e-10, 1e-10},
                           {"fp32", v1::PRECISION_FP32, 1e-5, 2e-5},
                           {"bf16", v1::PRECISION_BF16, 1e-3, 4e-2},
                           {"fp16", v1::PRECISION_FP16, 1e-3 / 8, 4e-2 / 8}};

v1::Scenario ScenarioOf(const char* preset, const plan::Layout& layout, const Mode& mode) {
  v1::Scenario scenario = plan::ScenarioOf(layout, preset);
  scenario.mutable_model()->set_vocab(251);  // a prime: uneven vocabulary shards
  scenario.mutable_model()->set_seq_len(16);
  scenario.mutable_model()->set_dropout(0.1);
  scenario.mutable_plan()->set_precision(mode.precision);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(4);
  run->set_warmup(1);
  run->set_seed(1234);
  run->set_keep_weights(true);
  run->mutable_optimizer()->set_kind(v1::OPTIMIZER_SGD);
  run->mutable_optimizer()->set_lr(0.1);
  run->mutable_optimizer()->set_grad_clip(0.5);
  return scenario;
}

struct Outcome {
  std::vector<double> losses;
  std::map<int, Tensor> model;
};

Outcome OutcomeOf(const std::vector<plan::Program>& programs, const absl::StatusOr<v1::Trace>& trace) {
  EXPECT_TRUE(trace.ok()) << trace.status();
  if (!trace.ok()) return {};
  const auto model = GatherModel(programs, *trace);
  EXPECT_TRUE(model.ok()) << model.status();
  const auto losses = LossesOf(*trace);
  EXPECT_TRUE(losses.ok()) << losses.status();
  return {losses.value_or(std::vector<double>{}), model.value_or(std::map<int, Tensor>{})};
}

class CudaParityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const absl::Status status = workers::cuda::GpuIsThere(); !status.ok()) GTEST_SKIP() << status;
  }

  // Bytes and memory are also held to the prediction.
  void Check(const char* preset, const plan::Layout& layout, const Mode& mode) {
    SCOPED_TRACE(fmt::format("{} {} {}", preset, mode.name, ToString(layout)));
    const auto single = plan::Compile(ScenarioOf(preset, {.micro_batch = kGlobalBatch}, mode));
    const auto programs = plan::Compile(ScenarioOf(preset, layout, mode));
    ASSERT_TRUE(single.ok() && programs.ok()) << single.status() << programs.status();
    setenv("RINGSIDE_DEVICE", "cuda", 1);
    const auto trace = workers::cuda::RunPrograms(*programs, v1::KERNELS_FAST, kTimeoutS);
    setenv("RINGSIDE_DEVICE", "cpu", 1);
    const Outcome actual = OutcomeOf(*programs, trace);
    if (HasFailure()) return;
    ExpectExact(*programs, *trace);
    const Outcome expected = OutcomeOf(*single, workers::RunInThreads(*single, {}));
    ASSERT_EQ(actual.losses.size(), expected.losses.size());
    double loss = 0, grad = 0, weight = 0;
    for (size_t i = 0; i < actual.losses.size(); ++i) {
      loss = std::max(loss, std::abs(actual.losses[i] - expected.losses[i]) / expected.losses[i]);
    }
    for (const auto& [id, tensor] : expected.model) {
      grad = std::max(grad, RelativeDistance(actual.model.at(id).grads, tensor.grads));
      weight = std::max(weight, RelativeDistance(actual.model.at(id).weights, tensor.weights));
    }
    fmt::print("{} {} {}: loss {:.1e}, gradients {:.1e}, weights {:.1e}\n", preset, mode.name,
               ToString(layout), loss, grad, weight);
    EXPECT_LE(loss, mode.loss_tolerance);
    EXPECT_LE(grad, mode.tolerance);
    EXPECT_LE(weight, mode.tolerance);
  }
};

const plan::Layout kOneRank = {.micro_batch = 4, .micro_batches = 2};

TEST_F(CudaParityTest, OneRankOfEveryPrecision) {
  for (const Mode& mode : kModes) Check("gpt2-nano", kOneRank, mode);
}

TEST_F(CudaParityTest, OneRankOfEveryModel) {
  for (const char* preset : {"llama-nano", "moe-nano"}) {
    for (const Mode& mode : {kModes[0], kModes[1]}) Check(preset, kOneRank, mode);
  }
}

TEST_F(CudaParityTest, OneRankByGraphs) {
  setenv("RINGSIDE_CUDA_GRAPHS", "1", 1);
  const auto programs = plan::Compile(ScenarioOf("gpt2-nano", kOneRank, kModes[1]));
  ASSERT_TRUE(programs.ok()) << programs.status();
  setenv("RINGSIDE_DEVICE", "cuda", 1);
  const auto by_graphs = workers::cuda::RunPrograms(*programs, v1::KERNELS_FAST, kTimeoutS);
  unsetenv("RINGSIDE_CUDA_GRAPHS");
  const auto op_by_op = workers::cuda::RunPrograms(*programs, v1::KERNELS_FAST, kTimeoutS);
  setenv("RINGSIDE_DEVICE", "cpu", 1);
  ASSERT_TRUE(by_graphs.ok() && op_by_op.ok()) << by_graphs.status() << op_by_op.status();
  EXPECT_EQ(by_graphs->ranks(0).spans_size(), static_cast<int>((*programs)[0].ops.size()));  // of one step
  for (int step = 0; step < 4; ++step) {
    EXPECT_EQ(by_graphs->ranks(0).steps(step).loss(), op_by_op->ranks(0).steps(step).loss());
  }
}

// In several ranks on one card, for as long as NCCL's start allows: a few layouts, each of another axis.
TEST_F(CudaParityTest, SeveralRanksOfOneCard) {
  const plan::Layout base = {.micro_batch = 2, .micro_batches = 2};
  plan::Layout dp = base, zero = base, tp = base, pp = base, cp = base;
  dp.dp = 2;
  zero.dp = 2, zero.zero = 3;
  tp.tp = 2, tp.micro_batches = 4, tp.sequence_parallel = true;
  pp.pp = 2, pp.micro_batches = 4;
  cp.cp = 2, cp.micro_batches = 4;
  for (const plan::Layout& layout : {dp, zero, tp, pp, cp}) Check("gpt2-nano", layout, kModes[1]);
}

TEST_F(CudaParityTest, FourRanksOfOneCard) {
  plan::Layout mixed = {.dp = 2, .tp = 2, .micro_batch = 2, .micro_batches = 2};
  Check("gpt2-nano", mixed, kModes[0]);
}

}  // namespace
}  // namespace ringside::parity
