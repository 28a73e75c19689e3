#include "sim/analytic/memory.h"

#include <gtest/gtest.h>

#include "sim/analytic/testing.h"

namespace ringside::sim::analytic {
namespace {

using testing::Llama;

constexpr double kGib = 1 << 30;

TEST(MemoryTest, MegatronKeeps18BytesAParameterAndShards12) {
  Problem problem = Llama();
  problem.plan.zero = 0;
  const double parameters = ModelParameters(problem.model);
  Memory memory = PeakMemory(problem);
  EXPECT_NEAR((memory.weights + memory.gradients + memory.optimizer) / parameters, 18, 0.01);
  problem.plan.zero = 1;
  memory = PeakMemory(problem);
  EXPECT_NEAR((memory.weights + memory.gradients + memory.optimizer) / parameters, 6 + 12.0 / 64, 0.01);
}

TEST(MemoryTest, ZeroThreeShardsEverythingAndHoldsTheLayerAtWork) {
  Problem problem = Llama("H100-80GB", "fsdp");
  problem.plan.zero = 3;
  const Memory memory = PeakMemory(problem);
  EXPECT_NEAR((memory.weights + memory.gradients + memory.optimizer) / ModelParameters(problem.model),
              16.0 / 64, 0.01);
  EXPECT_GT(memory.gathered, 2 * LayerParameters(problem.model, false));
}

TEST(MemoryTest, ActivationsFollowTokensLayersAndWhatIsInFlight) {
  Problem problem = Llama();
  const double one = PeakMemory(problem).activations;
  problem.plan.micro_batch = 2;
  EXPECT_NEAR(PeakMemory(problem).activations / one, 2, 1e-9);
  problem = Llama();
  problem.model.vocab = 1;  // the first stage is the fullest
  problem.plan.pp = 4, problem.plan.dp = 16;
  EXPECT_NEAR(PeakMemory(problem).activations / one, 1, 1e-9);  // a quarter of the layers, four in flight
  problem.plan.chunks = 4;
  EXPECT_NEAR(PeakMemory(problem).activations / one, 1 + 3.0 / 16, 1e-9);
}

// llama3-70b with 12 layers on 8 B200, Megatron with Transformer Engine: published peaks of allocated memory.
TEST(MemoryTest, AgreesWithPublishedPeaksOfMegatron) {
  Problem problem = Llama("B200", "megatron_te");
  problem.model.layers = 12, problem.model.hidden = 8192, problem.model.heads = 64,
  problem.model.kv_heads = 8;
  problem.model.ffn = 28672, problem.model.vocab = 128256;
  Plan& plan = problem.plan;
  plan.seq_len = 4096, plan.sequence_parallel = true;
  const struct {
    int tp, pp, dp;
    double gib;
  } kRuns[] = {{1, 2, 4, 66.55}, {2, 1, 4, 60.68}, {4, 1, 2, 39.07}, {8, 1, 1, 28.29}};
  for (const auto& run : kRuns) {
    plan.tp = run.tp, plan.pp = run.pp, plan.dp = run.dp, plan.global_batch = run.dp * 8;
    EXPECT_NEAR(PeakMemory(problem).allocated() / kGib / run.gib, 1, 0.015) << run.tp << " " << run.pp;
  }
}

// nanotron, LLaMA-like models of 4096 tokens and a vocabulary of 131072 on H100: published peaks.
TEST(MemoryTest, AgreesWithPublishedPeaksOfNanotron) {
  const struct {
    int layers;
    double hidden, ffn;
    bool tied;
    int tp, pp, dp, zero;
    double micro_batch, gib;
  } kRuns[] = {{16, 2048, 8192, true, 1, 1, 8, 1, 1, 24.2},   {32, 4096, 14336, false, 4, 1, 8, 0, 1, 51.2},
               {28, 3072, 8192, true, 4, 1, 8, 0, 8, 64.7},   {32, 4096, 14336, false, 2, 8, 4, 1, 2, 46.7},
               {32, 4096, 14336, false, 8, 8, 2, 1, 8, 45.7}, {28, 3072, 8192, true, 1, 2, 16, 1, 2, 53.3}};
  for (const auto& run : kRuns) {
    Problem problem = Llama("H100-80GB", "nanotron");
    ModelShape& model = problem.model;
    model.layers = run.layers, model.hidden = run.hidden, model.ffn = run.ffn, model.tied = run.tied;
    model.head_dim = run.hidden / 32, model.vocab = 131072;
    Plan& plan = problem.plan;
    plan.tp = run.tp, plan.pp = run.pp, plan.dp = run.dp, plan.zero = run.zero;
    plan.sequence_parallel = run.tp > 1, plan.seq_len = 4096;
    plan.micro_batch = run.micro_batch, plan.global_batch = 256;
    EXPECT_NEAR(PeakMemory(problem).allocated() / kGib / run.gib, 1, 0.1) << run.gib;
  }
}

TEST(MemoryTest, TheUpdateMayBeThePeak) {
  Problem problem = Llama("H100-80GB", "nanotron");
  problem.plan.zero = 0, problem.plan.seq_len = 128, problem.plan.tp = 8, problem.plan.dp = 8;
  const Memory memory = PeakMemory(problem);
  EXPECT_EQ(memory.activations, 0);
  EXPECT_NEAR(memory.transient / (memory.weights / 2), 4, 1e-6);
}

TEST(MemoryTest, MoreMemoryNeverMakesAPlanInfeasible) {
  Problem problem = Llama();
  for (const int micro_batch : {1, 4, 16, 64}) {
    problem.plan.micro_batch = micro_batch;
    const double need = PeakMemory(problem).total();
    v1::GpuDevice larger = *problem.device;
    larger.set_memory_gib(2 * larger.memory_gib());
    Problem on_larger = problem;
    on_larger.device = &larger;
    EXPECT_EQ(PeakMemory(on_larger).total(), need);
  }
}

}  // namespace
}  // namespace ringside::sim::analytic
