#include <gtest/gtest.h>

#include "sim/gpu/fit_table.h"
#include "sim/gpu/least_squares.h"
#include "sim/gpu/nelder_mead.h"

namespace ringside::sim::gpu {
namespace {

TEST(NelderMeadTest, FindsTheBottomOfACurvedValley) {  // Rosenbrock 1960
  const auto valley = [](const std::vector<double>& x) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    return a * a + 100 * b * b;
  };
  const std::vector<double> x = NelderMead(valley, {-1.2, 1}, {0.5, 0.5}, 400);
  EXPECT_NEAR(x[0], 1, 1e-3);
  EXPECT_NEAR(x[1], 1, 1e-3);
}

// Residuals of y = a + b t at ten points, one of them far off.
std::vector<double> Line(const std::vector<double>& x) {
  std::vector<double> residuals;
  for (int t = 0; t < 10; ++t) residuals.push_back(x[0] + x[1] * t - (1 + 0.5 * t) - (t == 4 ? 50 : 0));
  return residuals;
}

TEST(RobustLeastSquaresTest, OneOutlierHardlyMovesIt) {
  const std::vector<double> x = RobustLeastSquares(Line, std::vector<double>(10, 1), {0, 0}, {10, 10});
  EXPECT_NEAR(x[0], 1, 0.02);
  EXPECT_NEAR(x[1], 0.5, 0.01);
}

TEST(RobustLeastSquaresTest, WithoutEvidenceAConstantStaysAtItsPrior) {
  const std::vector<double> x = RobustLeastSquares(Line, std::vector<double>(10, 0), {3, -2}, {1, 1});
  EXPECT_NEAR(x[0], 3, 1e-9);
  EXPECT_NEAR(x[1], -2, 1e-9);
}

TEST(HeldOutTest, IsAboutHalfAndNeverChanges) {
  int held = 0;
  for (int i = 0; i < 10000; ++i) held += HeldOut("row " + std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(held, 5000, 250);
  EXPECT_EQ(HeldOut("128,3584,5120"), HeldOut("128,3584,5120"));
}

}  // namespace
}  // namespace ringside::sim::gpu
