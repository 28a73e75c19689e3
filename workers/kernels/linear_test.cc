// Products, biases and element-wise ops against the double-precision reference.
#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kNan;
using testing::kUnit;
using testing::Widen;
using testing::WidenAbs;

class LinearTest : public AgreementTest {
 protected:
  struct Flags {
    bool trans_a, trans_b, accumulate, bias;
  };

  void CheckGemm(int64_t m, int64_t n, int64_t k, const Flags& f) {
    const std::vector<float> a = Draw(m * k), b = Draw(k * n), bias = Draw(n), before = Draw(m * n);
    std::vector<float> c = f.accumulate ? before : std::vector<float>(m * n, kNan);
    kernels_->Gemm(a.data(), b.data(), f.bias ? bias.data() : nullptr, c.data(), nullptr, m, n, k, f.trans_a,
                   f.trans_b, f.accumulate);
    std::vector<double> expected = Widen(before), scale = WidenAbs(before);
    const auto run = [&](std::vector<double>* out, const std::vector<double>& wide_a,
                         const std::vector<double>& wide_b, const std::vector<double>& wide_bias) {
      oracle_->Gemm(wide_a.data(), wide_b.data(), f.bias ? wide_bias.data() : nullptr, out->data(), nullptr,
                    m, n, k, f.trans_a, f.trans_b, f.accumulate);
    };
    run(&expected, Widen(a), Widen(b), Widen(bias));
    run(&scale, WidenAbs(a), WidenAbs(b), WidenAbs(bias));
    ExpectWithin(
        c, expected, [&](size_t i) { return static_cast<double>(k + 4) * kUnit * scale[i]; }, "c");
  }
};

TEST_P(LinearTest, GemmOfEveryFormAndOddShapes) {
  const int64_t shapes[][3] = {{1, 1, 1},    {3, 5, 7},     {1, 33, 17},
                               {64, 48, 32}, {17, 129, 65}, {130, 31, 257}};
  for (const auto& [m, n, k] : shapes) {
    for (int bits = 0; bits < 16; ++bits) {
      CheckGemm(m, n, k, {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
    }
  }
}

// The relative error of gelu, given its argument to one rounding: the exponent's argument has a few
// roundings, which e^ multiplies by its size (clamped at 88), and the rest a few more.
double GeluRelativeError(double pre) {
  const double exponent = std::min(88.0, std::abs(1.6 * pre + 0.0714 * pre * pre * pre));
  return (12 + 6 * exponent) * kUnit;
}

// What the reference itself loses for negative x, where 1 + tanh cancels, times what it is multiplied with.
constexpr double kOracleError = 0x1p-51;

TEST_P(LinearTest, GemmWithGelu) {
  for (const bool with_bias : {false, true}) {
    const int64_t m = 19, n = 45, k = 23;
    const std::vector<float> a = Draw(m * k, 3), b = Draw(k * n), bias = Draw(n);
    std::vector<float> c(m * n, kNan), pre(m * n, kNan);
    kernels_->Gemm(a.data(), b.data(), with_bias ? bias.data() : nullptr, c.data(), pre.data(), m, n, k,
                   false, true, false);
    std::vector<double> expected_c(m * n), expected_pre(m * n), scale(m * n), unused(m * n);
    const auto wide_bias = Widen(bias), abs_bias = WidenAbs(bias);
    oracle_->Gemm(Widen(a).data(), Widen(b).data(), with_bias ? wide_bias.data() : nullptr, expected_c.data(),
                  expected_pre.data(), m, n, k, false, true, false);
    oracle_->Gemm(WidenAbs(a).data(), WidenAbs(b).data(), with_bias ? abs_bias.data() : nullptr,
                  unused.data(), scale.data(), m, n, k, false, true, false);
    const auto pre_bound = [&](size_t i) { return static_cast<double>(k + 4) * kUnit * scale[i]; };
    ExpectWithin(pre, expected_pre, pre_bound, "pre");
    // |gelu'| stays below 1.13.
    ExpectWithin(
        c, expected_c,
        [&](size_t i) {
          const double x = expected_pre[i];
          return 1.13 * pre_bound(i) + GeluRelativeError(x) * std::abs(expected_c[i]) +
                 kOracleError * std::abs(x);
        },
        "c");
  }
}

TEST_P(LinearTest, GeluRepeatsWhatTheGemmDid) {
  const int64_t m = 7, n = 45, k = 23;
  const std::vector<float> a = Draw(m * k, 3), b = Draw(k * n), bias = Draw(n);
  std::vector<float> c(m * n, kNan), pre(m * n, kNan), again(m * n, kNan);
  kernels_->Gemm(a.data(), b.data(), bias.data(), c.data(), pre.data(), m, n, k, false, true, false);
  kernels_->Gelu(pre.data(), again.data(), m * n);
  EXPECT_EQ(again, c);
}

TEST_P(LinearTest, GeluBackward) {
  std::vector<float> pre = Draw(4099, 12), dout = Draw(4099);
  pre[0] = 0, pre[1] = -100, pre[2] = 100;
  std::vector<float> actual = dout;
  kernels_->GeluBackward(pre.data(), actual.data(), 4099);
  std::vector<double> expected = Widen(dout);
  oracle_->GeluBackward(Widen(pre).data(), expected.data(), 4099);
  // s + x s (1 - s) 2u': both terms as gelu, and 1 - s has an absolute error of a rounding.
  const auto bound = [&](size_t i) {
    const double x = pre[i], slope = 1.6 + 0.215 * x * x;
    const double s = 1 / (1 + std::exp(-1.6 * x - 0.0714 * x * x * x));
    const double terms = s + std::abs(x) * s * (1 - s) * slope;
    return std::abs(dout[i]) * (GeluRelativeError(x) * terms + 4 * kUnit * std::abs(x) * s * slope +
                                kOracleError * (1 + std::abs(x) * slope));
  };
  ExpectWithin(actual, expected, bound, "dout");
}

TEST_P(LinearTest, NanIsNotHidden) {
  std::vector<float> pre = {1, kNan, 2}, dout = {1, 1, 1};
  kernels_->GeluBackward(pre.data(), dout.data(), 3);
  EXPECT_FALSE(std::isnan(dout[0]));
  EXPECT_TRUE(std::isnan(dout[1]));
  EXPECT_FALSE(std::isnan(dout[2]));
}

TEST_P(LinearTest, BiasResidual) {
  const int64_t n = 7, c = 37;
  const std::vector<float> x = Draw(n * c), bias = Draw(c), residual = Draw(n * c);
  for (const bool with_bias : {false, true}) {
    std::vector<float> out(n * c, kNan);
    kernels_->BiasResidual(x.data(), with_bias ? bias.data() : nullptr, residual.data(), out.data(), n, c);
    std::vector<double> expected(n * c);
    for (int64_t i = 0; i < n * c; ++i) {
      expected[i] = static_cast<double>(residual[i]) + x[i] + (with_bias ? bias[i % c] : 0.0);
    }
    ExpectWithin(
        out, expected, [](size_t) { return 2 * kUnit * 3; }, "out");
  }
}

TEST_P(LinearTest, BiasGrad) {
  for (const int64_t n : {1, 3, 4, 21}) {
    for (const bool accumulate : {false, true}) {
      const int64_t c = 35;
      const std::vector<float> dout = Draw(n * c), before = Draw(c);
      std::vector<float> dbias = accumulate ? before : std::vector<float>(c, kNan);
      kernels_->BiasGrad(dout.data(), dbias.data(), n, c, accumulate);
      std::vector<double> expected = Widen(before), scale = WidenAbs(before);
      oracle_->BiasGrad(Widen(dout).data(), expected.data(), n, c, accumulate);
      oracle_->BiasGrad(WidenAbs(dout).data(), scale.data(), n, c, accumulate);
      ExpectWithin(
          dbias, expected, [&](size_t i) { return static_cast<double>(n + 2) * kUnit * scale[i]; }, "dbias");
    }
  }
}

TEST_P(LinearTest, ReduceAndFillAreExact) {
  std::vector<float> into = Draw(1003);
  const std::vector<float> before = into, from = Draw(1003);
  kernels_->Reduce(into.data(), from.data(), 1003, /*max=*/false);
  for (int i = 0; i < 1003; ++i) ASSERT_EQ(into[i], before[i] + from[i]);
  kernels_->Reduce(into.data(), from.data(), 1003, /*max=*/true);
  for (int i = 0; i < 1003; ++i) ASSERT_EQ(into[i], std::max(before[i] + from[i], from[i]));
  kernels_->Fill(into.data(), 1002, 0.1);
  EXPECT_EQ(into[1001], 0.1f);
  EXPECT_NE(into[1002], 0.1f);
}

INSTANTIATE_TEST_SUITE_P(Implementations, LinearTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
