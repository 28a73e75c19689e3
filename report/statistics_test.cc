#include "report/statistics.h"

#include <numeric>

#include "gtest/gtest.h"

namespace ringside::report {
namespace {

TEST(Median, OfOddAndEven) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(Median({7}), 7);
}

TEST(Quantile, IsNearestRank) {
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 0), 1);
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 0.5), 3);
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 1), 5);
}

// Conover, Practical Nonparametric Statistics: of 10 values the 2nd and the 9th, with 97.9 %; of 20 the 6th
// and the 15th, with 95.9 %.
TEST(MedianInterval, HasTheCoverageOfTheTables) {
  std::vector<double> ten(10), twenty(20);
  std::iota(ten.begin(), ten.end(), 1);
  std::iota(twenty.begin(), twenty.end(), 1);
  EXPECT_EQ(MedianInterval(ten).low, 2);
  EXPECT_EQ(MedianInterval(ten).high, 9);
  EXPECT_NEAR(MedianInterval(ten).coverage, 0.979, 5e-4);
  EXPECT_EQ(MedianInterval(twenty).low, 6);
  EXPECT_EQ(MedianInterval(twenty).high, 15);
  EXPECT_NEAR(MedianInterval(twenty).coverage, 0.959, 5e-4);
}

TEST(MedianInterval, SaysWhatFewValuesAreWorth) {
  EXPECT_EQ(MedianInterval({2, 1, 3}).low, 1);
  EXPECT_EQ(MedianInterval({2, 1, 3}).high, 3);
  EXPECT_NEAR(MedianInterval({2, 1, 3}).coverage, 0.75, 1e-12);
  EXPECT_EQ(MedianInterval({2}).coverage, 0);
}

TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
}

}  // namespace
}  // namespace ringside::report
