#include "evaluator/cohort/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ringside::cohort {
namespace {

TEST(Agreement, IsPerfectWhereScoresAreTheMarks) {
  Agreement agreement;
  for (int i = 0; i <= 8; ++i) agreement.Add(i / 8.0, i / 8.0, 10 + i * i);
  EXPECT_NEAR(agreement.pearson(), 1, 1e-12);
  EXPECT_EQ(agreement.rmse(), 0);
  EXPECT_EQ(agreement.kappa(), 1);
  EXPECT_EQ(agreement.qwk(), 1);
}

// Worked by hand: of 2 x 2 agreements with 20 yes/yes, 5, 10, 15: p_o = 0.7, p_e = 0.5, kappa 0.4.
TEST(Agreement, KappaIsThatOfTheTextbook) {
  Agreement agreement(2);
  for (int i = 0; i < 20; ++i) agreement.Add(1, 1, i);
  for (int i = 0; i < 5; ++i) agreement.Add(0, 1, i);
  for (int i = 0; i < 10; ++i) agreement.Add(1, 0, i);
  for (int i = 0; i < 15; ++i) agreement.Add(0, 0, i);
  EXPECT_NEAR(agreement.kappa(), 0.4, 1e-12);
  EXPECT_NEAR(agreement.qwk(), 0.4, 1e-12);  // with two levels they are one
}

TEST(Agreement, QuadraticWeightsForgiveNearMisses) {
  Agreement near, far;
  for (int i = 0; i <= 4; ++i) {
    near.Add(std::min(1.0, (i + 1) / 4.0), i / 4.0, 5);
    far.Add((4 - i) / 4.0, i / 4.0, 5);
  }
  EXPECT_GT(near.qwk(), 0.7);
  EXPECT_LT(near.kappa(), 0.1);
  EXPECT_NEAR(far.qwk(), -1, 1e-12);
}

TEST(Agreement, AGraderThatCountsWordsHasNothingLeftWhenLengthIsTakenOut) {
  Agreement agreement;
  // Marks go with length; scores are length and noise that marks know nothing of.
  const double noise[] = {0.02, -0.02, -0.02, 0.02};
  for (int i = 0; i < 400; ++i) {
    const int words = 5 + i;
    const double length = std::log1p(words) / 7;
    agreement.Add(length + noise[i % 4], length + (i % 4 < 2 ? 0.03 : -0.03), words);
  }
  EXPECT_GT(agreement.pearson(), 0.9);
  EXPECT_NEAR(agreement.partial(), 0, 0.05);
}

TEST(Agreement, IsNotDefinedWithoutSpread) {
  Agreement agreement;
  EXPECT_TRUE(std::isnan(agreement.pearson()));
  EXPECT_TRUE(std::isnan(agreement.rmse()));
  for (int i = 0; i < 5; ++i) agreement.Add(0.5, i / 4.0, 10);
  EXPECT_TRUE(std::isnan(agreement.pearson()));
}

}  // namespace
}  // namespace ringside::cohort
