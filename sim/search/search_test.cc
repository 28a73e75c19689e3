#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/testing.h"
#include "sim/search/fast_form.h"
#include "sim/search/peak_memory.h"
#include "sim/search/space.h"
#include "sim/search/testing.h"

namespace ringside::sim {
namespace {

TEST(PeakMemory, OfShorterProgramsIsThatOfTheWhole) {
  std::mt19937_64 rng(5);
  for (int trial = 0; trial < 150; ++trial) {
    const bool moe = trial % 3 == 2;
    plan::LayoutLimits limits{.max_ranks = 16, .heads = 4, .seq_len = 32, .global_batch = 64};
    if (moe) limits.experts = 4;
    plan::Layout layout = plan::DrawLayout(rng, limits);
    if (layout.micro_batch > 4 && layout.pp > 1) continue;
    SCOPED_TRACE(ToString(layout));
    const auto resolved = plan::Resolve(plan::ScenarioOf(layout, moe ? "moe-nano" : "gpt2-nano"));
    ASSERT_TRUE(resolved.ok());
    int64_t whole = 0;
    for (int s = 0; s < resolved->pp; ++s) {
      const int rank = (s * resolved->dp * resolved->cp) * resolved->tp;
      whole = std::max(whole, plan::PredictPeakMemory(plan::CompileRank(*resolved, rank)).total);
    }
    EXPECT_EQ(PeakOfPlan(*resolved).memory.total, whole);
  }
}

TEST(FastMemory, IsNearTheExactPeak) {
  const std::vector<testing::Problem> problems = {{"gpt3-6.7b", "H100", 64, 256, 16},
                                                  {"llama2-7b", "A100", 32, 128, 16},
                                                  {"mixtral-8x7b", "H100", 64, 64, 8, 4096}};
  std::mt19937_64 rng(11);
  double least = 1, most = 1;
  for (const testing::Problem& problem : problems) {
    const v1::Scenario base = testing::ScenarioOf(problem);
    const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), base.cluster());
    PlanPoint some;
    some.dp = problem.ranks;
    auto form = *FastForm::Create(base, cluster, some);
    for (int trial = 0; trial < 40; ++trial) {
      const PlanPoint point = testing::DrawPoint(rng, form->model(), problem.ranks, problem.global_batch);
      const auto resolved = *plan::Resolve(ScenarioOf(base, point, cluster.devices_per_node));
      const double exact = static_cast<double>(PeakOfPlan(resolved).memory.total);
      const double ratio = form->Memory(point).total() / exact;
      if (std::getenv("TRIALS") != nullptr)
        std::printf("%.3f %s %s\n", ratio, problem.preset.c_str(), ToString(point).c_str());
      EXPECT_LE(form->MemoryFloor(point), exact) << ToString(point);
      least = std::min(least, ratio), most = std::max(most, ratio);
    }
  }
  std::printf("fast memory: %.3f to %.3f of the exact peak\n", least, most);
  EXPECT_GT(least, 1 / 1.7);
  EXPECT_LT(most, 1.25);
}

TEST(Space, HoldsWhatResolveTakesAndNothingElse) {
  const v1::Scenario base = testing::ScenarioOf({"llama2-7b", "H100", 16, 8});
  PlanPoint some;
  some.dp = 16;
  const plan::Resolved model = *plan::Resolve(ScenarioOf(base, some, 8));
  SearchSpace space;
  space.ranks = 16, space.global_batch = 8;
  int64_t points = 0;
  PlanPoint before;
  ForEachPoint(space, model, [&](const PlanPoint& p) {
    EXPECT_FALSE(p == before);
    before = p;
    if (++points % 53 == 0) {
      const auto resolved = plan::Resolve(ScenarioOf(base, p, 8));
      EXPECT_TRUE(resolved.ok()) << ToString(p) << resolved.status();
      if (resolved.ok()) {
        EXPECT_EQ(ToString(PointOf(*resolved)), ToString(p));
      }
    }
    return true;
  });
  EXPECT_GT(points, 1000);
  // What is not in it is refused by Resolve, or does nothing.
  std::mt19937_64 rng(3);
  for (int trial = 0; trial < 3000; ++trial) {
    const auto pick = [&rng](std::vector<int> of) { return of[rng() % of.size()]; };
    PlanPoint p;
    p.tp = pick({1, 2, 3, 4, 8, 64}), p.pp = pick({1, 2, 3, 4, 5}), p.cp = pick({1, 2, 3, 4}),
    p.dp = pick({1, 2, 3, 4});
    p.micro_batch = pick({1, 2, 3}), p.micro_batches = pick({1, 2, 4, 6});
    p.schedule = static_cast<v1::PipelineSchedule>(1 + rng() % 4);
    p.chunks = p.schedule == v1::SCHEDULE_INTERLEAVED ? pick({2, 3, 4}) : 1;
    p.sequence_parallel = rng() % 2 == 0 && p.tp > 1;
    p.zero = static_cast<int>(rng() % 4);
    p.zero_group = p.zero > 0 ? pick({2, 3, 4, 8}) : 1;
    if (p.pp == 1 && p.schedule == v1::SCHEDULE_GPIPE) continue;
    EXPECT_EQ(IsValid(model, p), plan::Resolve(ScenarioOf(base, p, p.ranks())).ok()) << ToString(p);
  }
}

}  // namespace
}  // namespace ringside::sim
