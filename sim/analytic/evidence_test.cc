#include "sim/analytic/evidence.h"

#include <gtest/gtest.h>

#include "sim/analytic/testing.h"

namespace ringside::sim::analytic {
namespace {

using testing::Llama;

TEST(EvidenceTest, WhatWasInRunsIsCalibratedTheRestRestsOnPublishedConstants) {
  EXPECT_EQ(EvidenceOf(Llama()).grade, Grade::kCalibrated);
  const Evidence device = EvidenceOf(Llama("H100-PCIe"));
  EXPECT_EQ(device.grade, Grade::kPublishedConstants);
  const Evidence stack = EvidenceOf(Llama("H100-80GB", "deepspeed"));
  EXPECT_EQ(stack.grade, Grade::kPublishedConstants);
  EXPECT_GT(stack.spread, EvidenceOf(Llama()).spread);
  EXPECT_GT(device.spread, stack.spread);
  EXPECT_EQ(Name(device.grade), "published constants only");
}

TEST(EvidenceTest, TheBandIsAFactorBothWaysAndDependsOnThePlan) {
  Problem problem = Llama();
  const Evidence plain = EvidenceOf(problem);
  EXPECT_NEAR(plain.low() * plain.high(), 1, 1e-12);
  EXPECT_GT(plain.high(), 1.05);
  problem.plan.tp = 16;
  EXPECT_EQ(EvidenceOf(problem).kind, "layers split across nodes");
  problem.plan.tp = 4, problem.plan.pp = 4, problem.plan.dp = 4;
  EXPECT_EQ(EvidenceOf(problem).kind, "split layers, stages in other nodes");
  EXPECT_GT(EvidenceOf(problem).spread, plain.spread);
  problem.fabric.domain = 72;  // all in one domain
  EXPECT_EQ(EvidenceOf(problem).kind, "pipeline");
  problem.model.experts = 8;
  EXPECT_EQ(EvidenceOf(problem).kind, "experts");
}

}  // namespace
}  // namespace ringside::sim::analytic
