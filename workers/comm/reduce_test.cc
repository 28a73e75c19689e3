#include "workers/comm/reduce.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace ringside::workers {
namespace {

using plan::DType;

float FromBf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t SumBf16(uint16_t a, uint16_t b) {
  Reduce(DType::kBf16, &a, &b, 1, false);
  return a;
}

TEST(ReduceTest, Bf16IsRoundedToTheNearestTiesToEven) {
  // The neighbours of 256 in bf16 are 2 apart.
  const uint16_t at_256 = 0x4380, one = 0x3f80, three = 0x4040, tiny = 0x3380;
  EXPECT_EQ(FromBf16(SumBf16(at_256, one)), 256.0f) << "257 is a tie: 256 is even";
  EXPECT_EQ(FromBf16(SumBf16(at_256, three)), 260.0f) << "259 is a tie: 260 is even";
  EXPECT_EQ(SumBf16(at_256, tiny), at_256);
  std::mt19937 random(3);
  for (int trial = 0; trial < 100'000; ++trial) {
    const auto a = static_cast<uint16_t>(random()), b = static_cast<uint16_t>(random());
    const float exact = FromBf16(a) + FromBf16(b);
    const float got = FromBf16(SumBf16(a, b));
    if (std::isnan(exact)) {
      EXPECT_TRUE(std::isnan(got));
      continue;
    }
    if (std::isinf(exact)) {
      EXPECT_EQ(got, exact);
      continue;
    }
    // No bf16 is nearer: both neighbours are at least as far away.
    const uint16_t bits = static_cast<uint16_t>(std::bit_cast<uint32_t>(got) >> 16);
    if (std::isinf(got)) continue;  // rounded beyond the largest
    for (const int step : {-1, 1}) {
      const float neighbour = FromBf16(static_cast<uint16_t>(bits + step));
      if (std::isfinite(neighbour)) {
        EXPECT_LE(std::fabs(static_cast<double>(got) - exact),
                  std::fabs(static_cast<double>(neighbour) - exact));
      }
    }
  }
}

TEST(ReduceTest, F16IsAddedInF32) {
  _Float16 a = 2048, b = 1, c = 3;
  Reduce(DType::kF16, &a, &b, 1, false);
  EXPECT_EQ(static_cast<float>(a), 2048.0f) << "2049 is a tie: 2048 is even";
  Reduce(DType::kF16, &a, &c, 1, false);
  EXPECT_EQ(static_cast<float>(a), 2052.0f) << "2051 is a tie: 2052 is even";
}

TEST(ReduceTest, TheMaximumIsTheSameFromBothSides) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [a, b] : std::vector<std::pair<float, float>>{{1, 2}, {-0.0f, 0.0f}, {-1, -3}, {nan, 1}}) {
    float ab = a, ba = b;
    Reduce(DType::kF32, &ab, &b, 1, true);
    Reduce(DType::kF32, &ba, &a, 1, true);
    EXPECT_EQ(std::bit_cast<uint32_t>(ab), std::bit_cast<uint32_t>(ba)) << a << " " << b;
    EXPECT_EQ(std::isnan(ab), std::isnan(a));
  }
  float negative_zero = -0.0f, zero = 0.0f;
  Reduce(DType::kF32, &negative_zero, &zero, 1, true);
  EXPECT_FALSE(std::signbit(negative_zero));
}

TEST(ReduceTest, SumsOfEveryLength) {
  for (int64_t n = 0; n < 70; ++n) {
    std::vector<int32_t> a(n + 1, 5), b(n + 1, std::numeric_limits<int32_t>::max());
    Reduce(DType::kI32, a.data(), b.data(), n, false);
    for (int64_t i = 0; i < n; ++i) EXPECT_EQ(a[i], std::numeric_limits<int32_t>::min() + 4);
    EXPECT_EQ(a[n], 5);
    std::vector<double> c(n + 1, 0.5), d(n + 1, 0.25);
    Reduce(DType::kF64, c.data(), d.data(), n, false);
    for (int64_t i = 0; i < n; ++i) EXPECT_EQ(c[i], 0.75);
    EXPECT_EQ(c[n], 0.5);
  }
}

}  // namespace
}  // namespace ringside::workers
