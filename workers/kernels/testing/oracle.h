// What the tests of single-precision kernels share: inputs, the implementations under test, and comparison
// with the double-precision reference within a bound that each test derives for its op.
//
// Bounds use the standard model fl(x op y) = (x op y)(1 + e), |e| <= kUnit, by which a sum of n terms in any
// order is within n * kUnit * (sum of absolute terms) (Higham 2002, section 3.1; second-order terms are
// covered by rounding n up).
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "workers/kernels/kernels.h"

namespace ringside::kernels::testing {

inline constexpr double kUnit = 0x1p-24;
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

enum class Implementation { kReference, kOneDnn, kOpenBlas };

inline std::string Name(const ::testing::TestParamInfo<Implementation>& info) {
  constexpr const char* kNames[] = {"reference", "onednn", "openblas"};
  return kNames[static_cast<int>(info.param)];
}

class AgreementTest : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (GetParam() == Implementation::kReference) {
      kernels_ = MakeReferenceKernels<float>();
      return;
    }
    FastKernelOptions options;
    options.gemm = GetParam() == Implementation::kOneDnn ? GemmLibrary::kOneDnn : GemmLibrary::kOpenBlas;
    auto kernels = MakeFastKernels(options);
    if (!kernels.ok()) GTEST_SKIP() << kernels.status().ToString();
    kernels_ = *std::move(kernels);
  }

  // Uniform in [-scale, scale].
  std::vector<float> Draw(int64_t n, double scale = 1.0) {
    std::uniform_real_distribution<float> uniform(static_cast<float>(-scale), static_cast<float>(scale));
    std::vector<float> values(n);
    for (float& value : values) value = uniform(rng_);
    return values;
  }
  std::vector<int32_t> DrawTokens(int64_t n, int64_t vocab) {
    std::uniform_int_distribution<int32_t> uniform(0, static_cast<int32_t>(vocab - 1));
    std::vector<int32_t> tokens(n);
    for (int32_t& token : tokens) token = uniform(rng_);
    return tokens;
  }

  std::mt19937 rng_{20240501};
  std::unique_ptr<Kernels<float>> kernels_;  // under test
  std::unique_ptr<Kernels<double>> oracle_ = MakeReferenceKernels<double>();
};

inline std::vector<double> Widen(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

inline std::vector<double> WidenAbs(const std::vector<float>& values) {
  std::vector<double> wide = Widen(values);
  for (double& value : wide) value = std::abs(value);
  return wide;
}

// bound(i) is the error that element i may have. Never satisfied by NaN.
template <class Bound>
void ExpectWithin(const std::vector<float>& actual, const std::vector<double>& expected, const Bound& bound,
                  const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double error = std::abs(actual[i] - expected[i]);
    ASSERT_TRUE(error <= bound(i)) << what << "[" << i << "]: " << actual[i] << " instead of " << expected[i]
                                   << ", error " << error << " above " << bound(i);
  }
}

inline auto AllImplementations() {
  return ::testing::Values(Implementation::kReference, Implementation::kOneDnn, Implementation::kOpenBlas);
}

}  // namespace ringside::kernels::testing
