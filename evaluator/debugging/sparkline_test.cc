#include "evaluator/debugging/sparkline.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

TEST(Sparkline, RunsFromTheLowestToTheHighest) {
  EXPECT_EQ(Sparkline({0, 1, 2, 3, 4, 5, 6, 7}), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(Sparkline({7, 0}), "█▁");
  EXPECT_EQ(Sparkline({}), "");
  EXPECT_EQ(Sparkline({3, 3, 3}), "▁▁▁");
}

TEST(Sparkline, WhatIsNotFiniteIsMarked) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Sparkline({1, 2, inf, std::nan("")}), "▁█xx");
}

TEST(Sparkline, MoreStepsThanColumnsAreAveraged) {
  EXPECT_EQ(Sparkline({0, 0, 8, 8}, {2, 0, 8}), "▁█");
}

TEST(Sparkline, WideRangesAreByTheLogarithm) {
  EXPECT_TRUE(DrawnByLogarithm({1, 1000}));
  EXPECT_FALSE(DrawnByLogarithm({1, 40}));
  EXPECT_FALSE(DrawnByLogarithm({0, 1000}));  // no logarithm of zero
  EXPECT_EQ(Sparkline({1, 10, 100}), "▁▅█");
}

TEST(Sparkline, TwoCurvesShareARange) {
  EXPECT_EQ(Sparkline({0, 10}, {60, 0, 20}), "▁▅");
}

TEST(CurveTable, HasTheFirstAndTheLastStep) {
  std::vector<double> values;
  for (int i = 0; i < 60; ++i) values.push_back(i * 1.5);
  const std::string table = CurveTable(values, 4);
  EXPECT_THAT(table, HasSubstr(" 0 "));
  EXPECT_THAT(table, HasSubstr("59"));
  EXPECT_THAT(table, HasSubstr("88.5"));
  EXPECT_EQ(CurveTable({}, 4), "");
}

TEST(Figure4, SaysWhatIsNoNumber) {
  EXPECT_EQ(Figure4(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(Figure4(std::nan("")), "nan");
  EXPECT_EQ(Figure4(5.54518), "5.545");
}

}  // namespace
}  // namespace ringside::evaluator
