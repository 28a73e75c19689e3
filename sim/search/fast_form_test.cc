// The fast form against the folded simulation, over random plans of all kinds.
#include "sim/search/fast_form.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "sim/search/gpu_search.h"
#include "sim/search/testing.h"

namespace ringside::sim {
namespace {

// The estimate lies within 2 % for nearly all plans; ZeRO 3 of experts is what it knows least of.
TEST(FastForm, IsNearTheFoldedStepAndBoundsItFromBelow) {
  const std::vector<testing::Problem> problems = {
      {"gpt3-6.7b", "H100", 64, 256, 16},        {"llama2-7b", "A100-80GB", 32, 128, 16},
      {"llama3-8b", "H100", 64, 128, 16},        {"gpt2-1558m", "V100", 16, 64, 24},
      {"mixtral-8x7b", "H100", 64, 64, 8, 4096}, {"llama2-7b", "GB200", 72, 144, 18},
  };
  const char* env = std::getenv("RINGSIDE_SEARCH_TRIALS");
  const int trials = env != nullptr ? std::atoi(env) : 30;
  std::mt19937_64 rng(7);
  int plans = 0, far = 0, far_with_experts = 0;
  double worst = 0, loosest = 0;
  for (const testing::Problem& problem : problems) {
    for (const bool overlapped : {true, false}) {
      v1::Scenario base = testing::ScenarioOf(problem);
      if (!overlapped) base.mutable_plan()->clear_overlap();
      if (base.cluster().device() == "V100") base.mutable_plan()->set_precision(v1::PRECISION_FP16);
      const GpuCluster cluster = *GpuClusterOf(BuiltInCatalogue(), base.cluster());
      const auto form = FastForm::Create(base, cluster, PlanPoint());
      ASSERT_TRUE(form.ok()) << form.status();
      for (int trial = 0; trial < trials; ++trial) {
        PlanPoint point = testing::DrawPoint(rng, (*form)->model(), problem.ranks, problem.global_batch);
        point.precision = base.plan().precision();
        SCOPED_TRACE(problem.preset + " on " + problem.device + " " + ToString(point) +
                     (overlapped ? " overlap" : ""));
        const auto exact = SimulatePlan(base, cluster, point, false);
        ASSERT_TRUE(exact.ok()) << exact.status();
        const double step_ns = exact->step.step_ns, off = std::abs((*form)->EstimateNs(point) / step_ns - 1);
        EXPECT_LE((*form)->LowerBoundNs(point), step_ns);
        EXPECT_LE((*form)->QuickBoundNs(point), step_ns);
        const bool hard = (*form)->model().experts > 0 && point.zero >= 2;
        EXPECT_LE(off, hard ? 0.3 : 0.08);
        ++plans;
        if (off > 0.02) ++(hard ? far_with_experts : far);
        if (!hard) worst = std::max(worst, off);
        loosest = std::max(loosest, 1 - (*form)->LowerBoundNs(point) / step_ns);
      }
    }
  }
  std::printf(
      "%d plans, further than 2 %%: %d, of experts under ZeRO 2 and 3: %d; worst of the others %.2f %%, "
      "loosest bound %.1f %%\n",
      plans, far, far_with_experts, 100 * worst, 100 * loosest);
  EXPECT_LE(far, plans / 33);
  EXPECT_LE(far_with_experts, plans / 20);
}

}  // namespace
}  // namespace ringside::sim
