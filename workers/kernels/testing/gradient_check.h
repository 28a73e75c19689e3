// Backward kernels of the reference against central finite differences of their forward kernels, in double.
// The loss is sum(w * output) with random weights w, which are the upstream gradient. With step e the
// difference quotient errs by O(e^2) + O(1e-16 / e): at e = 1e-5 about 1e-10 of values around 1.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "workers/kernels/kernels.h"

namespace ringside::kernels::testing {

using Values = std::vector<double>;

class GradientTest : public ::testing::Test {
 protected:
  Values Draw(int64_t n, double stddev = 1.0) {
    std::normal_distribution<double> normal(0, stddev);
    Values values(n);
    for (double& value : values) value = normal(rng_);
    return values;
  }

  static double Dot(const Values& a, const Values& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }

  // `loss` reads `input`; `gradient` is what the backward kernel made of it.
  static void Check(Values& input, const Values& gradient, const std::function<double()>& loss,
                    const char* name) {
    constexpr double kStep = 1e-5, kTolerance = 2e-8;
    ASSERT_EQ(input.size(), gradient.size());
    for (size_t i = 0; i < input.size(); ++i) {
      const double value = input[i];
      input[i] = value + kStep;
      const double above = loss();
      input[i] = value - kStep;
      const double below = loss();
      input[i] = value;
      const double expected = (above - below) / (2 * kStep);
      ASSERT_NEAR(gradient[i], expected, kTolerance * (1 + std::abs(expected))) << name << "[" << i << "]";
    }
  }

  std::mt19937 rng_{99};
  const std::unique_ptr<Kernels<double>> k_ = MakeReferenceKernels<double>();
};

}  // namespace ringside::kernels::testing
