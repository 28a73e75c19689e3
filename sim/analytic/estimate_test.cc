#include "sim/analytic/estimate.h"

#include <gtest/gtest.h>

#include "sim/analytic/stages.h"
#include "sim/analytic/testing.h"

namespace ringside::sim::analytic {
namespace {

using testing::Llama;

TEST(EstimateTest, CausesAddUpToTheStep) {
  for (const int pp : {1, 4}) {
    for (const int tp : {1, 4}) {
      Problem problem = Llama();
      problem.plan.pp = pp, problem.plan.tp = tp, problem.plan.sequence_parallel = tp > 1;
      problem.plan.dp = 64 / pp / tp;
      const Estimation estimation = Estimate(problem);
      EXPECT_NEAR(estimation.breakdown.total() / estimation.step_s, 1, 1e-9);
      EXPECT_GE(estimation.breakdown.host, -1e-12);
    }
  }
}

TEST(EstimateTest, UtilisationIsBetweenAFifthAndThreeQuartersOnAnEasyPlan) {
  const Problem problem = Llama();
  const double flops = 6 * ModelParameters(problem.model) * 2048 * 512;
  const double used = flops / Estimate(problem).step_s / 64 / 989.4e12;
  EXPECT_GT(used, 0.2);
  EXPECT_LT(used, 0.75);
}

TEST(EstimateTest, TheBubbleOf1F1BIsTheOtherStagesOnceAndInterleavingDividesIt) {
  Problem problem = Llama();
  problem.plan.pp = 4, problem.plan.dp = 16;
  problem.model.vocab = 1;  // equal stages
  const Estimation plain = Estimate(problem);
  const double compute = plain.breakdown.gemm + plain.breakdown.attention + plain.breakdown.elementwise +
                         plain.breakdown.host + plain.breakdown.layer_comm -
                         problem.stack->host_step_us() * 1e-6;
  EXPECT_NEAR(plain.breakdown.bubble / compute, 3.0 / problem.plan.micro_batches(), 0.01);
  problem.plan.chunks = 4;
  EXPECT_NEAR(Estimate(problem).breakdown.bubble / plain.breakdown.bubble, 0.25, 0.01);
}

TEST(EstimateTest, FasterPartsNeverSlowAStep) {
  for (const int tp : {1, 8}) {
    Problem problem = Llama();
    problem.plan.tp = tp, problem.plan.dp = 64 / tp, problem.plan.sequence_parallel = tp > 1;
    const double before = Estimate(problem).step_s;
    v1::Interconnect faster = *problem.fabric.scale_out;
    for (v1::CollectiveLaw* law : {faster.mutable_all_reduce(), faster.mutable_all_gather(),
                                   faster.mutable_reduce_scatter(), faster.mutable_all_to_all()})
      law->set_gbps(4 * law->gbps());
    Problem better = problem;
    better.fabric.scale_out = &faster;
    EXPECT_LT(Estimate(better).step_s, before);
    v1::GpuDevice memory = *problem.device;
    memory.set_memory_gbps(2 * memory.memory_gbps());
    better = problem;
    better.device = &memory;
    EXPECT_LT(Estimate(better).step_s, before);
  }
}

TEST(EstimateTest, RecomputationCostsAboutAThirdAndSavesMemory) {
  Problem problem = Llama();
  problem.plan.micro_batch = 4;
  const Estimation kept = Estimate(problem);
  problem.plan.recompute = Recompute::kFull;
  const Estimation again = Estimate(problem);
  EXPECT_NEAR(again.step_s / kept.step_s, 1.3, 0.1);
  EXPECT_LT(again.memory.activations, 0.2 * kept.memory.activations);
}

TEST(EstimateTest, AnOptionThatIsGivenIsUsed) {
  Problem problem = Llama();
  const double before = Estimate(problem).step_s;
  problem.plan.recipe = Recipe::kFp8;
  EXPECT_LT(Estimate(problem).step_s, before);
  problem = Llama();
  problem.plan.zero = 3;
  EXPECT_NE(Estimate(problem).step_s, before);
  problem = Llama();
  problem.plan.fused_attention = false;
  EXPECT_GT(Estimate(problem).step_s, before);
}

TEST(EstimateTest, ExchangeThatHidesBehindTheOwnPartAloneHidesLessTheMoreParts) {
  for (const int tp : {2, 8}) {
    Problem problem = Llama();
    problem.plan.tp = tp, problem.plan.dp = 64 / tp, problem.plan.sequence_parallel = true;
    v1::SoftwareStack stack = *problem.stack;
    problem.stack = &stack;
    const double open = Estimate(problem).breakdown.layer_comm;
    stack.set_overlap_tp(1), stack.set_own_part_only(true);
    const double own = Estimate(problem).breakdown.layer_comm;
    stack.set_own_part_only(false);
    EXPECT_LT(own, open);
    EXPECT_LE(Estimate(problem).breakdown.layer_comm, own);
    if (tp == 8) {
      EXPECT_GT(own, 0.3 * open);
    }
  }
}

TEST(EstimateTest, InterleavedChunksGiveGradientsMoreToHideBehind) {
  Problem problem = Llama();
  problem.plan.pp = 4, problem.plan.dp = 16, problem.plan.global_batch = 128;
  problem.plan.overlap_on = true, problem.plan.seq_len = 256;  // less work than gradients to hide
  const double plain = Estimate(problem).breakdown.replica_comm;
  problem.plan.chunks = 8;
  EXPECT_LT(Estimate(problem).breakdown.replica_comm, plain);
}

TEST(EstimateTest, EarlierAttentionReleasesAndHostsCountWhereTheyApply) {
  Problem problem = Llama();
  const double before = Estimate(problem).step_s;
  v1::SoftwareStack stack = *problem.stack;
  Problem other = problem;
  other.stack = &stack;
  stack.set_earlier_attention(true);
  EXPECT_GT(Estimate(other).step_s, before);
  stack = *problem.stack;
  other.plan.release_years = 1;
  EXPECT_LT(Estimate(other).step_s, before);
  // A stall counts only for plans that need more than there is, or whose stages are far apart.
  other = problem, other.stack = &stack;
  stack.set_stall_s(1), stack.set_far_ranks(32);
  EXPECT_EQ(Estimate(other).step_s, before);
  other.plan.pp = 2, other.plan.dp = 32;
  problem.plan = other.plan;
  const double stalled = Estimate(other).step_s - Estimate(problem).step_s;
  EXPECT_NEAR(stalled / (2 * other.plan.micro_batches()), 1, 0.05);  // and stragglers' share of it
}

TEST(StagesTest, LayersAreCutEvenlyOrWithTheEndsInPlaceOfLayersOrByCost) {
  Problem problem = Llama();
  problem.plan.pp = 4;
  EXPECT_EQ(CutStages(problem).last_layers, 8);
  problem.model.layers = 126, problem.plan.pp = 8;  // 126 + 2 ends
  EXPECT_EQ(CutStages(problem).first_layers, 15);
  EXPECT_EQ(CutStages(problem).middle_layers, 16);
  problem = Llama("H100-80GB", "nanotron");
  problem.plan.pp = 2, problem.model.layers = 16, problem.model.hidden = 2048, problem.model.ffn = 8192;
  problem.model.head_dim = 64, problem.model.vocab = 131072;  // the head is as much as four layers
  EXPECT_EQ(CutStages(problem).first_layers, 10);
  EXPECT_EQ(CutStages(problem).last_layers, 6);
}

}  // namespace
}  // namespace ringside::sim::analytic
