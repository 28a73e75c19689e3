// Plans a second of the fast form, on one core.
#include "benchmark/benchmark.h"
#include "sim/analytic/estimate.h"
#include "sim/analytic/testing.h"

namespace ringside::sim::analytic {
namespace {

// Different plans one after the other, so that nothing is remembered between them.
void BM_Estimate(benchmark::State& state) {
  Problem problem = testing::Llama();
  problem.model.hidden = 12288, problem.model.heads = problem.model.kv_heads = 96, problem.model.layers = 96;
  problem.model.ffn = 49152, problem.model.gated = false;
  int turn = 0;
  for (auto _ : state) {
    Plan& plan = problem.plan;
    plan.tp = 1 << (turn % 4);
    plan.pp = 1 << (turn / 4 % 5);
    plan.dp = 4096 / plan.tp / plan.pp;
    plan.micro_batch = 1 + turn / 20 % 4;
    plan.global_batch = 4.0 * plan.dp * plan.micro_batch;
    plan.sequence_parallel = plan.tp > 1;
    plan.zero = turn % 4 == 3 ? 3 : 1;
    ++turn;
    benchmark::DoNotOptimize(Estimate(problem));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Estimate);

void BM_EstimateExperts(benchmark::State& state) {
  Problem problem = testing::Llama("B200");
  problem.model.experts = 128, problem.model.experts_per_token = 8, problem.model.expert_ffn = 1536;
  problem.plan.recipe = Recipe::kFp8;
  int turn = 0;
  for (auto _ : state) {
    problem.plan.ep = 1 << (turn++ % 7);
    benchmark::DoNotOptimize(Estimate(problem));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_EstimateExperts);

}  // namespace
}  // namespace ringside::sim::analytic

BENCHMARK_MAIN();
