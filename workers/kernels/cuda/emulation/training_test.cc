// Whole training steps on the emulated kernels against the reference: what single ops leave to each other.
#include <gtest/gtest.h>

#include <cmath>

#include "plan/compile.h"
#include "workers/kernels/cuda/cuda_kernels.h"
#include "workers/kernels/testing/single_rank.h"

namespace ringside::kernels {
namespace {

plan::Program ProgramOf(const char* preset, v1::Precision precision) {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset(preset);
  scenario.mutable_model()->set_seq_len(16);
  scenario.mutable_model()->set_dropout(0.1);
  scenario.mutable_plan()->set_micro_batch(2);
  scenario.mutable_plan()->set_precision(precision);
  scenario.mutable_run()->set_steps(3);
  scenario.mutable_run()->set_warmup(0);
  scenario.mutable_run()->mutable_optimizer()->set_grad_clip(0.5);
  return plan::Compile(scenario).value()[0];
}

template <class R>
void ExpectSameLosses(const char* preset, v1::Precision precision, double tolerance) {
  const plan::Program program = ProgramOf(preset, precision);
  const auto context = cuda::Context::Make({});
  ASSERT_TRUE(context.ok()) << context.status();
  const auto gpu = cuda::MakeCudaKernels<R>(context->get());
  ASSERT_TRUE(gpu.ok()) << gpu.status();
  const auto reference = MakeReferenceKernels<R>();
  testing::SingleRank<R> actual(program, gpu->get()), expected(program, reference.get());
  for (int step = 0; step < 3; ++step) {
    const double a = actual.Step(step), b = expected.Step(step);
    EXPECT_LE(std::abs(a - b), tolerance * b) << preset << " step " << step;
  }
  EXPECT_EQ((*context)->status(), absl::OkStatus());
}

TEST(CudaEmulationTrainingTest, FollowsTheReferenceInDouble) {
  for (const char* preset : {"gpt2-nano", "llama-nano", "moe-nano"}) {
    ExpectSameLosses<double>(preset, v1::PRECISION_FP64, 1e-11);
  }
}

TEST(CudaEmulationTrainingTest, FollowsTheReferenceInFloat) {
  ExpectSameLosses<float>("gpt2-nano", v1::PRECISION_FP32, 1e-5);
}

// With master weights, a loss scale and a control vector.
TEST(CudaEmulationTrainingTest, FollowsTheReferenceInNarrowTypes) {
  ExpectSameLosses<Bf16>("gpt2-nano", v1::PRECISION_BF16, 1e-2);
  ExpectSameLosses<F16>("gpt2-nano", v1::PRECISION_FP16, 1e-2);
}

}  // namespace
}  // namespace ringside::kernels
