#include "evaluator/design/run_key.h"

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

std::string KeyOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan) {
  return RunKey(*ScenarioOf(*ResolveQuestion(question), plan));
}

std::string KeyOf(const v1::ParallelPlan& plan) {
  return KeyOf(testing::SomeQuestion(), plan);
}

v1::ParallelPlan WithBucket(v1::ParallelPlan plan, double mib) {
  plan.set_bucket_mib(mib);
  return plan;
}

TEST(RunKeyTest, WhatDoesNotChangeTheProgramsDoesNotCount) {
  const v1::ParallelPlan dp4 = testing::Plan(4, 1, 1, 4, 1);
  EXPECT_EQ(KeyOf(WithBucket(dp4, 0.1000001)), KeyOf(WithBucket(dp4, 0.1000002)));
  const v1::ParallelPlan tp4 = testing::Plan(1, 4, 1, 4, 4);
  EXPECT_EQ(KeyOf(WithBucket(tp4, 0.1)), KeyOf(WithBucket(tp4, 7)));  // nothing is reduced
  v1::ParallelPlan overlapped = tp4;
  overlapped.add_overlap(v1::OVERLAP_GRAD_REDUCE);
  EXPECT_EQ(KeyOf(overlapped), KeyOf(tp4));
}

TEST(RunKeyTest, WhatChangesThemDoes) {
  const v1::ParallelPlan dp4 = testing::Plan(4, 1, 1, 4, 1);
  EXPECT_NE(KeyOf(WithBucket(dp4, 0.01)), KeyOf(WithBucket(dp4, 4)));
  EXPECT_NE(KeyOf(dp4), KeyOf(testing::Plan(4, 1, 1, 2, 2)));
  v1::ParallelPlan gpipe = testing::Plan(1, 1, 4, 2, 8);
  gpipe.set_schedule(v1::SCHEDULE_GPIPE);
  EXPECT_NE(KeyOf(gpipe), KeyOf(testing::Plan(1, 1, 4, 2, 8)));
}

TEST(RunKeyTest, SoDoesTheClusterThatThePlanRunsOn) {
  v1::DesignQuestion slower = testing::SomeQuestion();
  slower.mutable_cluster()->set_nodes(4);
  slower.mutable_cluster()->set_devices_per_node(1);
  v1::DesignQuestion slowest = slower;
  slowest.add_faults()->mutable_slow_link()->set_node(2);
  slowest.mutable_faults(0)->mutable_slow_link()->set_gbps(0.1);
  const v1::ParallelPlan plan = testing::Plan(4, 1, 1, 4, 1);
  EXPECT_NE(KeyOf(slower, plan), KeyOf(plan));
  EXPECT_NE(KeyOf(slowest, plan), KeyOf(slower, plan));
}

TEST(RunKeyTest, AScenarioThatDoesNotCompileEqualsOnlyItself) {
  v1::Scenario a = *ScenarioOf(*ResolveQuestion(testing::SomeQuestion()), testing::Plan(4, 1, 1, 4, 1));
  a.mutable_plan()->set_tp(3);
  v1::Scenario b = a;
  EXPECT_EQ(RunKey(a), RunKey(b));
  b.mutable_plan()->set_tp(5);
  EXPECT_NE(RunKey(a), RunKey(b));
}

}  // namespace
}  // namespace ringside::evaluator
