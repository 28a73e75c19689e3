#include "evaluator/debugging/check_order.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::vector<std::string> kPath = {"loss-curve", "labels", "layer-gradients", "lower-lr"};

TEST(JudgeCheckOrder, TheCatalogueItselfIsPerfect) {
  const CheckOrder order = JudgeCheckOrder(kPath, kPath);
  EXPECT_DOUBLE_EQ(order.begin, 1);
  EXPECT_DOUBLE_EQ(order.order, 1);
  EXPECT_DOUBLE_EQ(order.coverage, 1);
  EXPECT_DOUBLE_EQ(order.score, 1);
}

TEST(JudgeCheckOrder, TheReverseIsFarWorse) {
  const CheckOrder order = JudgeCheckOrder({"lower-lr", "layer-gradients", "labels", "loss-curve"}, kPath);
  EXPECT_DOUBLE_EQ(order.begin, 0);
  EXPECT_DOUBLE_EQ(order.order, 0);
  EXPECT_DOUBLE_EQ(order.score, 0.35);  // all of it was looked at, after all
  EXPECT_THAT(order.notes, Contains(HasSubstr("before the simple checks")));
}

TEST(JudgeCheckOrder, NothingLookedAtIsNothing) {
  const CheckOrder order = JudgeCheckOrder({}, kPath);
  EXPECT_EQ(order.score, 0);
  EXPECT_THAT(order.notes, Contains(HasSubstr("without looking")));
}

TEST(JudgeCheckOrder, SimpleBeforeComplexCountsOutsideOfThePath) {
  const double right = JudgeCheckOrder({"data-samples", "loss-curve", "memory"}, {"loss-curve"}).score;
  const double wrong = JudgeCheckOrder({"data-samples", "memory", "loss-curve"}, {"loss-curve"}).score;
  EXPECT_GT(right, wrong);
}

TEST(JudgeCheckOrder, WhatIsMissedIsSaid) {
  const CheckOrder order = JudgeCheckOrder({"loss-curve"}, kPath);
  EXPECT_DOUBLE_EQ(order.coverage, 0.25);
  EXPECT_THAT(order.notes, Contains(HasSubstr("Did not look at: samples with their labels")));
}

TEST(JudgeCheckOrder, AskingForEverythingCosts) {
  std::vector<std::string> asked = kPath;
  const double least = JudgeCheckOrder(asked, kPath).score;
  for (const char* id :
       {"memory", "bytes", "placement", "trace-summary", "dead-units", "rank-data", "eval-twice"}) {
    asked.insert(asked.begin() + 2, id);
  }
  EXPECT_LT(JudgeCheckOrder(asked, kPath).score, least);
}

TEST(JudgeCheckOrder, IsMonotoneInSwapsTowardsOrder) {
  // Bringing one pair into order never lowers the score.
  const std::vector<std::string> worse = {"labels", "lower-lr", "loss-curve", "layer-gradients"};
  std::vector<std::string> better = worse;
  std::swap(better[1], better[2]);
  EXPECT_GE(JudgeCheckOrder(better, kPath).score, JudgeCheckOrder(worse, kPath).score);
}

}  // namespace
}  // namespace ringside::evaluator
