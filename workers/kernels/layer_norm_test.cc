// LayerNorm against the double-precision reference.
#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kNan;
using testing::kUnit;
using testing::Widen;

constexpr double kEps = 1e-5;

class LayerNormTest : public AgreementTest {};

// The row's mean has an error of c u mean|x|. It reaches the variance only squared, so the relative error of
// rstd is half of the c + 4 roundings of the sum of squares.
TEST_P(LayerNormTest, Forward) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{1, 1}, {5, 7}, {3, 64}, {9, 193}}) {
    std::vector<float> x = Draw(n * c), gamma = Draw(c), beta = Draw(c);
    for (float& value : x) value += 0.5f;
    std::vector<float> y(n * c, kNan), mean(n, kNan), rstd(n, kNan);
    kernels_->LayerNorm(x.data(), gamma.data(), beta.data(), y.data(), mean.data(), rstd.data(), n, c, kEps);
    std::vector<double> wide_y(n * c), wide_mean(n), wide_rstd(n);
    oracle_->LayerNorm(Widen(x).data(), Widen(gamma).data(), Widen(beta).data(), wide_y.data(),
                       wide_mean.data(), wide_rstd.data(), n, c, kEps);
    const double size = 1.5, mean_error = (c + 2) * kUnit * size;  // |x| <= 1.5
    const double rstd_error = (0.5 * c + 6) * kUnit;
    ExpectWithin(
        mean, wide_mean, [&](size_t) { return mean_error; }, "mean");
    ExpectWithin(
        rstd, wide_rstd,
        [&](size_t i) { return (rstd_error + mean_error * mean_error * 1e5) * wide_rstd[i]; }, "rstd");
    const auto y_bound = [&](size_t i) {
      const double r = wide_rstd[i / c], norm = std::abs(x[i] - wide_mean[i / c]) * r;
      return std::abs(gamma[i % c]) *
                 (norm * (rstd_error + 4 * kUnit) + r * (mean_error + 2 * kUnit * size)) +
             2 * kUnit * (std::abs(wide_y[i]) + std::abs(beta[i % c]));
    };
    ExpectWithin(y, wide_y, y_bound, "y");
  }
}

TEST_P(LayerNormTest, Backward) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{1, 1}, {5, 7}, {3, 64}, {9, 193}}) {
    for (const bool accumulate : {false, true}) {
      const std::vector<float> dy = Draw(n * c), x = Draw(n * c), gamma = Draw(c), mean = Draw(n, 0.1);
      std::vector<float> rstd = Draw(n);
      for (float& value : rstd) value = 1.5f + value;
      const std::vector<float> dx_before = Draw(n * c), dgamma_before = Draw(c), dbeta_before = Draw(c);
      std::vector<float> dx = dx_before, dgamma = dgamma_before, dbeta = dbeta_before;
      if (!accumulate) dgamma.assign(c, kNan), dbeta.assign(c, kNan);
      kernels_->LayerNormBackward(dy.data(), x.data(), gamma.data(), mean.data(), rstd.data(), dx.data(),
                                  dgamma.data(), dbeta.data(), n, c, accumulate);
      std::vector<double> wide_dx = Widen(dx_before), wide_dgamma = Widen(dgamma_before),
                          wide_dbeta = Widen(dbeta_before);
      oracle_->LayerNormBackward(Widen(dy).data(), Widen(x).data(), Widen(gamma).data(), Widen(mean).data(),
                                 Widen(rstd).data(), wide_dx.data(), wide_dgamma.data(), wide_dbeta.data(), n,
                                 c, accumulate);
      // All inputs are at most 1, rstd at most 2.5, so |norm| <= 2.75 and |g| <= 1: sums of c or n such
      // terms.
      const double norm = 2.75, rows = static_cast<double>(n), width = static_cast<double>(c);
      ExpectWithin(
          dx, wide_dx, [&](size_t) { return 2.5 * (1 + 1 + norm * norm) * (width + 10) * kUnit + 2 * kUnit; },
          "dx");
      ExpectWithin(
          dgamma, wide_dgamma, [&](size_t) { return (rows + 4) * kUnit * (rows * norm + 1); }, "dgamma");
      ExpectWithin(
          dbeta, wide_dbeta, [&](size_t) { return (rows + 2) * kUnit * (rows + 1); }, "dbeta");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Implementations, LayerNormTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
