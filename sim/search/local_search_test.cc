#include "sim/search/local_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sim/profile.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

v1::Scenario Base() {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-nano");
  scenario.mutable_cluster()->set_device("local-cpu");
  return scenario;
}

SearchConstraints FourRanks() {
  SearchConstraints constraints;
  constraints.ranks = 4;
  constraints.global_batch = 8;
  constraints.max_micro_batch = 4;
  return constraints;
}

TEST(SearchTest, RanksEveryLayoutOnce) {
  const auto found = SearchPlans(Base(), FourRanks(), UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0);
  ASSERT_TRUE(found.ok()) << found.status();
  std::set<std::string> seen;
  std::set<std::tuple<int, int, int>> layouts;
  double before = 1e300;
  for (const RankedPlan& plan : *found) {
    EXPECT_TRUE(seen.insert(plan.plan.SerializeAsString()).second);
    EXPECT_EQ(plan.plan.dp() * plan.plan.tp() * plan.plan.pp(), 4);
    EXPECT_EQ(plan.plan.dp() * plan.plan.micro_batch() * plan.plan.micro_batches(), 8);
    EXPECT_TRUE(plan.feasible) << plan.reason;
    EXPECT_GT(plan.peak_bytes, 0);
    EXPECT_LE(plan.tokens_per_s, before);
    before = plan.tokens_per_s;
    layouts.insert({plan.plan.dp(), plan.plan.tp(), plan.plan.pp()});
  }
  EXPECT_EQ(layouts.size(), 6u);  // 4 as an ordered product of three factors
}

TEST(SearchTest, MemoryDecidesWhatFits) {
  const auto all = SearchPlans(Base(), FourRanks(), UncalibratedLocalCpu(2), v1::OBJECTIVE_MEMORY, 0);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_LT(all->front().peak_bytes, all->back().peak_bytes);
  // Grant hardly more than the leanest plan needs.
  v1::Scenario base = Base();
  base.mutable_cluster()->set_memory_mib(static_cast<double>(all->front().peak_bytes) / (1 << 20) + 0.001);
  const auto some = SearchPlans(base, FourRanks(), UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 1);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_TRUE(some->front().feasible);
  EXPECT_EQ(some->front().peak_bytes, all->front().peak_bytes);
  ASSERT_GT(some->size(), 1u);
  EXPECT_FALSE((*some)[1].feasible);
  EXPECT_THAT((*some)[1].reason, HasSubstr("the device grants"));
}

TEST(SearchTest, WhatDoesNotDivideIsTold) {
  SearchConstraints constraints = FourRanks();
  constraints.ranks = 8;  // the model has 4 heads and 4 layers
  const auto found = SearchPlans(Base(), constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0);
  ASSERT_TRUE(found.ok()) << found.status();
  const auto tp8 =
      std::find_if(found->begin(), found->end(), [](const RankedPlan& p) { return p.plan.tp() == 8; });
  ASSERT_NE(tp8, found->end());
  EXPECT_FALSE(tp8->feasible);
  EXPECT_THAT(tp8->reason, HasSubstr("plan.tp"));
}

TEST(SearchTest, StopsWhenAskedTo) {
  int asked = 0;
  const auto found = SearchPlans(Base(), FourRanks(), UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0,
                                 [&asked] { return ++asked == 3; });
  EXPECT_EQ(found.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("stopped after 2 of "));
  EXPECT_EQ(asked, 3);
}

TEST(SearchTest, ASearchThatWouldNotEndIsRefusedBeforeItBegins) {
  v1::Scenario base = Base();
  base.mutable_model()->set_layers(1024);
  base.mutable_model()->set_heads(64);
  SearchConstraints constraints;
  constraints.ranks = 1024;
  constraints.global_batch = 1 << 14;
  constraints.max_micro_batch = 1 << 14;
  const auto never = [] {
    ADD_FAILURE() << "a plan was searched";
    return true;
  };
  auto found = SearchPlans(base, constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0, never);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(found.status().message()),
              ::testing::AllOf(HasSubstr("plans of 1024 ranks each"), HasSubstr("over the limit of 262144")));
  constraints.global_batch = 0;  // every micro-batch size divides it
  found = SearchPlans(base, constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_TOKENS_PER_S, 0, never);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("leaves more than 131"));
}

TEST(SearchTest, ImpossibleConstraintsAreRefused) {
  SearchConstraints constraints = FourRanks();
  constraints.ranks = 0;
  EXPECT_FALSE(SearchPlans(Base(), constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_MEMORY, 0).ok());
  constraints = FourRanks();
  constraints.global_batch = 8;
  constraints.max_micro_batch = 0;
  EXPECT_FALSE(SearchPlans(Base(), constraints, UncalibratedLocalCpu(2), v1::OBJECTIVE_MEMORY, 0).ok());
}

}  // namespace
}  // namespace ringside::sim
