#include "evaluator/local_limits.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

v1::Scenario SomeScenario() {
  v1::Scenario scenario;
  scenario.mutable_model()->set_preset("gpt2-nano");
  scenario.mutable_plan()->set_dp(4);
  return scenario;
}

LocalLimits Generous() {
  LocalLimits limits;
  limits.max_total_bytes = int64_t{1} << 34;
  return limits;
}

Placement Place(const v1::Scenario& scenario, const LocalLimits& limits = Generous()) {
  return WhereToRun(*plan::Resolve(scenario), limits);
}

TEST(LocalLimitsTest, ASmallLocalScenarioRunsHere) {
  const Placement placement = Place(SomeScenario());
  EXPECT_TRUE(placement.local);
  EXPECT_EQ(placement.reason, "its 4 ranks fit this machine");
}

TEST(LocalLimitsTest, EachLimitIsNamed) {
  v1::Scenario scenario = SomeScenario();
  scenario.mutable_cluster()->set_device("h100-sxm");
  EXPECT_THAT(Place(scenario).reason, HasSubstr("h100-sxm"));

  scenario = SomeScenario();
  scenario.mutable_plan()->set_dp(9);
  EXPECT_THAT(Place(scenario).reason, HasSubstr("9 ranks are over this machine's limit of 8"));

  scenario = SomeScenario();
  scenario.mutable_cluster()->set_memory_mib(5 * 1024);
  EXPECT_THAT(Place(scenario).reason, HasSubstr("20.0 GiB together, over this machine's limit of 16.0"));

  scenario = SomeScenario();
  scenario.mutable_run()->set_steps(1'000'000);
  EXPECT_THAT(Place(scenario).reason, HasSubstr("1000000 steps"));
  EXPECT_FALSE(Place(scenario).local);
}

// Answers to one question must stand on one basis.
TEST(LocalLimitsTest, ThePlanDoesNotMatter) {
  v1::Scenario dp = SomeScenario(), pp = SomeScenario();
  dp.mutable_plan()->set_micro_batch(4);
  pp.mutable_plan()->set_dp(1);
  pp.mutable_plan()->set_pp(4);
  pp.mutable_plan()->set_micro_batches(16);
  LocalLimits limits = Generous();
  limits.max_total_bytes = 1000;
  EXPECT_EQ(Place(dp, limits).reason, Place(pp, limits).reason);
  limits = Generous();
  limits.max_model_flops = 1000;
  EXPECT_EQ(Place(dp, limits).reason, Place(pp, limits).reason);
}

TEST(LocalLimitsTest, ThisMachineHasMemory) {
  EXPECT_GT(LocalLimits::OfThisMachine().max_total_bytes, int64_t{1} << 24);
}

}  // namespace
}  // namespace ringside::evaluator
