#include "workers/checkpoint/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace ringside::checkpoint {
namespace {

using plan::DType;

// Every finite value of the narrow types comes back, and so do the infinities.
TEST(Convert, NarrowTypesAreExactThereAndBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto b = static_cast<uint16_t>(bits);
    if (!std::isnan(FromBf16(b))) {
      EXPECT_EQ(ToBf16(FromBf16(b)), b);
    }
    if (!std::isnan(FromF16(b))) {
      EXPECT_EQ(ToF16(FromF16(b)), b);
    }
  }
  EXPECT_TRUE(std::isnan(FromBf16(ToBf16(NAN))));
  EXPECT_TRUE(std::isnan(FromF16(ToF16(NAN))));
}

// Halfway between neighbours the even one wins; a hair beyond halfway the nearer one does.
TEST(Convert, RoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7b00; ++bits) {
    const auto low = static_cast<uint16_t>(bits), high = static_cast<uint16_t>(bits + 1);
    const double half16 = (static_cast<double>(FromF16(low)) + FromF16(high)) / 2;
    EXPECT_EQ(ToF16(half16), low % 2 == 0 ? low : high);
    EXPECT_EQ(ToF16(std::nextafter(half16, 1e9)), high);
    EXPECT_EQ(ToF16(std::nextafter(half16, 0)), low);
    const double half = (static_cast<double>(FromBf16(low)) + FromBf16(high)) / 2;
    EXPECT_EQ(ToBf16(half), low % 2 == 0 ? low : high);
    EXPECT_EQ(ToBf16(-std::nextafter(half, 1e300)), high | 0x8000);
  }
  EXPECT_EQ(ToF16(65519), 0x7bff);
  EXPECT_EQ(ToF16(65520), 0x7c00);  // infinity
  EXPECT_EQ(ToBf16(1e39), 0x7f80);
}

TEST(Convert, KnownValues) {
  EXPECT_EQ(ToF16(1.0), 0x3c00);
  EXPECT_EQ(ToF16(-2.0), 0xc000);
  EXPECT_EQ(ToF16(std::ldexp(1, -24)), 1);
  EXPECT_EQ(ToBf16(1.0), 0x3f80);
  EXPECT_EQ(FromF16(0x3555), 0.333251953125f);
}

TEST(Convert, TakesStridesAndEveryPair) {
  const std::vector<double> values = {1, -2, 0.5, 3, 1024, -0.25};
  for (const DType from : {DType::kF64, DType::kF32, DType::kBf16, DType::kF16}) {
    std::vector<std::byte> source(values.size() * plan::SizeOf(from) + 1);  // + 1: unaligned
    ConvertElements(DType::kF64, reinterpret_cast<const std::byte*>(values.data()), 1, from,
                    source.data() + 1, 6);
    for (const DType to : {DType::kF64, DType::kF32, DType::kBf16, DType::kF16}) {
      std::vector<std::byte> target(3 * plan::SizeOf(to));
      ConvertElements(from, source.data() + 1, 2, to, target.data(), 3);
      double back[3];
      ConvertElements(to, target.data(), 1, DType::kF64, reinterpret_cast<std::byte*>(back), 3);
      EXPECT_EQ(back[0], 1);
      EXPECT_EQ(back[1], 0.5);
      EXPECT_EQ(back[2], 1024);
    }
  }
}

}  // namespace
}  // namespace ringside::checkpoint
