// The search against brute force: every plan of small spaces simulated exactly.
#include "sim/search/gpu_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/search/peak_memory.h"
#include "sim/search/testing.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

struct Setting {
  SearchRequest request;
  GpuCluster cluster;
};

Setting MakeSetting(const testing::Problem& problem, double memory_gib = 0) {
  Setting s;
  s.request.base = testing::ScenarioOf(problem);
  if (memory_gib > 0) s.request.base.mutable_cluster()->set_memory_mib(memory_gib * 1024);
  s.cluster = *GpuClusterOf(BuiltInCatalogue(), s.request.base.cluster());
  s.request.space.ranks = problem.ranks, s.request.space.global_batch = problem.global_batch;
  return s;
}

// The best by simulating all.
FoundPlan BruteForce(const Setting& s, int64_t* plans) {
  PlanPoint some;
  const plan::Resolved model = *plan::Resolve(ScenarioOf(s.request.base, some, 8));
  FoundPlan best;
  ForEachPoint(s.request.space, model, [&](const PlanPoint& p) {
    ++*plans;
    FoundPlan found = *SimulatePlan(s.request.base, s.cluster, p, false);
    const double ranks = s.request.objective == SearchObjective::kCost ? p.ranks() : 1;
    const double best_ranks = s.request.objective == SearchObjective::kCost ? best.point.ranks() : 1;
    const double value = found.step_s * ranks, least = best.step_s * best_ranks;
    if (best.step_s > 0 && (value > least || (value == least && !Simpler(p, best.point)))) return true;
    found = *SimulatePlan(s.request.base, s.cluster, p, true);
    if (found.fits) best = found;
    return true;
  });
  return best;
}

TEST(SearchCatalogue, FindsWhatBruteForceFinds) {
  std::mt19937_64 rng(17);
  const std::vector<std::string> devices = {"H100", "A100-40GB", "V100", "MI300X"};
  const std::vector<std::string> presets = {"gpt2-355m", "llama-1b", "gpt2-1558m", "moe-tiny"};
  int64_t plans = 0, simulated = 0;
  for (int trial = 0; trial < 8; ++trial) {
    const std::string preset = presets[trial % 4];
    testing::Problem problem{preset, devices[rng() % 4],           4 << (rng() % 2),
                             8,      preset == "moe-tiny" ? 4 : 8, preset == "moe-tiny" ? 0 : 1024};
    if (preset == "llama-1b") problem.seq_len = 2048;
    Setting s = MakeSetting(problem, trial >= 4 ? 4.0 + 2.0 * static_cast<double>(rng() % 3) : 0);
    s.request.space.max_micro_batch = 2;
    if (problem.device == "V100") {
      s.request.space.precisions = {v1::PRECISION_FP16};
      s.request.base.mutable_plan()->set_precision(v1::PRECISION_FP16);
    }
    if (rng() % 2 == 0) s.request.base.mutable_plan()->clear_overlap();
    if (rng() % 2 == 0) s.request.space.recompute = v1::RECOMPUTE_NONE;
    s.request.space.placement = v1::PLACEMENT_TP_INSIDE;
    SCOPED_TRACE(problem.preset + " on " + std::to_string(problem.ranks) + " " + problem.device);
    const FoundPlan truth = BruteForce(s, &plans);
    const auto found = SearchCatalogue(s.request, s.cluster);
    if (truth.step_s == 0) {
      EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition);
      continue;
    }
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->plans[0].step_s, truth.step_s);
    EXPECT_EQ(ToString(found->plans[0].point), ToString(truth.point));
    EXPECT_EQ(found->counts.valid,
              found->counts.over_memory + found->counts.bounded_out + found->counts.simulated -
                  (found->counts.simulated -
                   (found->counts.valid - found->counts.over_memory - found->counts.bounded_out)));
    simulated += found->counts.simulated;
  }
  std::printf("%lld plans, %lld simulated by the search\n", static_cast<long long>(plans),
              static_cast<long long>(simulated));
  EXPECT_LT(simulated, plans / 2);
}

TEST(SearchCatalogue, MoreMemoryNeverSlowsTheBest) {
  double before = 1e300;
  for (const double gib : {12.0, 24.0, 48.0, 96.0}) {
    Setting s = MakeSetting({"llama2-7b", "H100", 8, 16, 8}, gib);
    const auto found = SearchCatalogue(s.request, s.cluster);
    if (!found.ok()) continue;
    EXPECT_LE(found->plans[0].step_s, before);
    EXPECT_LE(found->plans[0].peak_bytes, s.cluster.memory_bytes);
    before = found->plans[0].step_s;
  }
  EXPECT_LT(before, 1e300);
}

TEST(SearchCatalogue, WhatIsFixedStaysFixedAndLosersSayWhy) {
  Setting s = MakeSetting({"llama2-7b", "H100", 16, 32, 8});
  s.request.space.tp = 4;
  const auto found = SearchCatalogue(s.request, s.cluster);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_GT(found->plans.size(), 1u);
  for (const FoundPlan& plan : found->plans) {
    EXPECT_EQ(plan.point.tp, 4);
    if (&plan == &found->plans[0]) continue;
    EXPECT_THAT(plan.reason, HasSubstr("%"));
    if (plan.fits) {
      EXPECT_GE(plan.step_s, found->plans[0].step_s);
    }
  }
  for (const FoundPlan& a : found->front) {
    for (const FoundPlan& b : found->front) {
      EXPECT_FALSE(a.step_s < b.step_s && a.peak_bytes < b.peak_bytes);
    }
  }
}

TEST(SearchCatalogue, NothingThatFitsIsSaidWithWhatComesNearest) {
  Setting s = MakeSetting({"llama2-7b", "H100", 8, 8, 8}, 0.25);
  const auto found = SearchCatalogue(s.request, s.cluster);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("comes nearest"));
}

TEST(SearchCatalogue, StopsWhenAskedTo) {
  Setting s = MakeSetting({"llama2-7b", "H100", 64, 128});
  int asked = 0;
  s.request.cancelled = [&] { return ++asked == 5; };
  EXPECT_EQ(SearchCatalogue(s.request, s.cluster).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 5);
}

TEST(SearchCatalogue, FewerRanksCostLessWhereTheyKeepUp) {
  Setting s = MakeSetting({"llama2-7b", "H100", 16, 32, 8});
  s.request.space.at_most = true;
  s.request.objective = SearchObjective::kCost;
  s.request.price_per_device_hour = 2;
  const auto found = SearchCatalogue(s.request, s.cluster);
  ASSERT_TRUE(found.ok()) << found.status();
  const FoundPlan& best = found->plans[0];
  EXPECT_NEAR(best.cost_per_million_tokens, 2.0 * best.point.ranks() / 3600 / best.tokens_per_s * 1e6, 1e-9);
  s.request.space.at_most = false;
  const auto all = SearchCatalogue(s.request, s.cluster);
  ASSERT_TRUE(all.ok());
  EXPECT_LE(best.step_s * best.point.ranks(), all->plans[0].step_s * 16);
}

}  // namespace
}  // namespace ringside::sim
