#include "evaluator/design/alternatives.h"

#include <set>
#include <string>

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using testing::Plan;

TEST(AlternativesTest, ChangeOneKnobAndKeepRanksAndBatch) {
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  const std::vector<Alternative> all = AlternativesOf(question, Plan(2, 2, 1, 4, 2), Plan(4, 1, 1, 1, 4));
  std::set<std::string> knobs, plans;
  for (const Alternative& a : all) {
    knobs.insert(a.knob);
    EXPECT_TRUE(plans.insert(a.plan.SerializeAsString()).second) << PlanName(a.plan);
    EXPECT_EQ(RanksOf(a.plan), 4) << PlanName(a.plan);
    EXPECT_EQ(a.plan.dp() * a.plan.micro_batch() * a.plan.micro_batches(), 16) << PlanName(a.plan);
  }
  for (const char* knob : {"dp and tp", "tp and pp", "zero", "micro_batch", "recompute", "sequence_parallel"})
    EXPECT_TRUE(knobs.contains(knob)) << knob;
  EXPECT_FALSE(knobs.contains("schedule"));  // one stage has none
  EXPECT_FALSE(knobs.contains("ep"));        // nor one MLP
}

TEST(AlternativesTest, WhatIsWantedIsAmongThem) {
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  v1::ParallelPlan towards = Plan(1, 1, 4, 1, 16);
  towards.set_schedule(v1::SCHEDULE_INTERLEAVED), towards.set_interleave(7);
  const v1::ParallelPlan plan = Plan(1, 1, 4, 16, 1);
  bool size = false, chunks = false;
  for (const Alternative& a : AlternativesOf(question, plan, towards)) {
    size |= a.plan.micro_batch() == 1;
    chunks |= a.plan.interleave() == 7;
  }
  EXPECT_TRUE(size);
  EXPECT_TRUE(chunks);
}

TEST(ChangeTest, NamesWhatDiffers) {
  v1::ParallelPlan to = Plan(4, 1, 1, 2, 2);
  to.set_zero(1), to.set_recompute(v1::RECOMPUTE_FULL);
  EXPECT_EQ(ChangeBetween(Plan(2, 2, 1, 4, 2), to),
            "tp 2 -> 1, dp 2 -> 4, zero 0 -> 1, micro_batch 4 -> 2, recompute none -> full");
  EXPECT_EQ(ChangeBetween(to, to), "");
}

}  // namespace
}  // namespace ringside::evaluator
