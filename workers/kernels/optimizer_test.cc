// Optimizer updates against the formulas of their papers, written out anew here.
#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kUnit;
using testing::Widen;

// Loshchilov and Hutter 2019, algorithm 2, for one weight.
struct ScalarAdamW {
  double w, m = 0, v = 0;
  void Step(double g, int t, double lr, double beta1, double beta2, double eps, double decay) {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double m_hat = m / (1 - std::pow(beta1, t));
    const double v_hat = v / (1 - std::pow(beta2, t));
    w = w - lr * m_hat / (std::sqrt(v_hat) + eps) - lr * decay * w;
  }
};

TEST(ReferenceOptimizerTest, AdamWFollowsThePaper) {
  const auto kernels = MakeReferenceKernels<double>();
  std::vector<double> w = {0.5, -2.0, 0.0}, m(3, 0.0), v(3, 0.0);
  std::vector<ScalarAdamW> expected = {{0.5}, {-2.0}, {0.0}};
  for (int step = 1; step <= 5; ++step) {
    const std::vector<double> g = {0.1 * step, -1e-9, 3.0 / step};
    kernels->AdamW(w.data(), g.data(), nullptr, m.data(), v.data(), 3, 1e-2, 0.9, 0.95, 1e-8, 0.1, step, 1.0);
    for (int i = 0; i < 3; ++i) {
      expected[i].Step(g[i], step, 1e-2, 0.9, 0.95, 1e-8, 0.1);
      EXPECT_NEAR(w[i], expected[i].w, 1e-15);
      EXPECT_NEAR(m[i], expected[i].m, 1e-15);
      EXPECT_NEAR(v[i], expected[i].v, 1e-15);
    }
  }
}

// The first step moves a weight by lr against the sign of its gradient, whatever the gradient's size.
TEST(ReferenceOptimizerTest, FirstAdamWStepIsTheLearningRate) {
  const auto kernels = MakeReferenceKernels<double>();
  std::vector<double> w = {1, 1}, g = {1e-3, -50}, m(2, 0.0), v(2, 0.0);
  kernels->AdamW(w.data(), g.data(), nullptr, m.data(), v.data(), 2, 0.01, 0.9, 0.95, 1e-12, 0, 1, 1.0);
  EXPECT_NEAR(w[0], 0.99, 1e-9);
  EXPECT_NEAR(w[1], 1.01, 1e-9);
}

class OptimizerTest : public AgreementTest {};

TEST_P(OptimizerTest, AdamWAgrees) {
  constexpr int64_t kN = 1009;
  constexpr double kLr = 1e-2, kBeta1 = 0.9, kBeta2 = 0.95, kEps = 1e-8;
  for (const int step : {1, 2, 100}) {
    for (const double decay : {0.0, 0.1}) {
      std::vector<float> w = Draw(kN), m = Draw(kN, 0.1), v = Draw(kN, 0.1);
      const std::vector<float> g = Draw(kN);
      for (float& value : v) value = std::abs(value);
      if (step == 1) m.assign(kN, 0), v.assign(kN, 0);
      const std::vector<double> w0 = Widen(w), m0 = Widen(m), v0 = Widen(v);
      std::vector<double> wide_w = w0, wide_m = m0, wide_v = v0;
      kernels_->AdamW(w.data(), g.data(), nullptr, m.data(), v.data(), kN, kLr, kBeta1, kBeta2, kEps, decay,
                      step, 0.5);
      oracle_->AdamW(wide_w.data(), Widen(g).data(), nullptr, wide_m.data(), wide_v.data(), kN, kLr, kBeta1,
                     kBeta2, kEps, decay, step, 0.5);
      // Constants and each operation are rounded once; m may cancel, v cannot.
      const auto m_bound = [&](size_t i) {
        return 4 * kUnit * (kBeta1 * std::abs(m0[i]) + (1 - kBeta1) * std::abs(g[i]));
      };
      ExpectWithin(m, wide_m, m_bound, "m");
      ExpectWithin(
          v, wide_v, [&](size_t i) { return 5 * kUnit * wide_v[i]; }, "v");
      const auto w_bound = [&](size_t i) {
        const double correction1 = 1 - std::pow(kBeta1, step), correction2 = 1 - std::pow(kBeta2, step);
        const double rate = kLr / correction1 / (std::sqrt(wide_v[i] / correction2) + kEps);
        return rate * m_bound(i) + 12 * kUnit * rate * std::abs(wide_m[i]) + 4 * kUnit * std::abs(w0[i]);
      };
      ExpectWithin(w, wide_w, w_bound, "w");
    }
  }
}

TEST_P(OptimizerTest, SgdFollowsItsFormula) {
  std::vector<float> w = Draw(1009);
  const std::vector<float> before = w, g = Draw(1009);
  kernels_->Sgd(w.data(), g.data(), nullptr, 1009, 0.1, 0.01, 0.5);
  for (int i = 0; i < 1009; ++i) {
    const double expected = before[i] - 0.1 * (0.5 * g[i] + 0.01 * before[i]);
    ASSERT_NEAR(w[i], expected, 4 * kUnit * (std::abs(before[i]) + 0.1 * std::abs(g[i])));
  }
}

INSTANTIATE_TEST_SUITE_P(Implementations, OptimizerTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
