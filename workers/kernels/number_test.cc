#include "workers/kernels/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ringside::kernels {
namespace {

float FromBits(uint32_t bits) {
  return std::bit_cast<float>(bits);
}

// Every number comes back, and what lies between two neighbours goes to the nearer one, the middle to the
// even.
TEST(Bf16Test, RoundsToTheNearestEven) {
  for (uint32_t bits = 0; bits < 0x7f7f; ++bits) {
    for (const uint32_t sign : {0u, 0x8000u}) {
      const uint32_t low = (bits | sign) << 16;
      const auto rounded = [](uint32_t value) { return uint32_t{Bf16(FromBits(value)).bits}; };
      ASSERT_EQ(rounded(low), low >> 16);
      ASSERT_EQ(rounded(low + 0x7fff), low >> 16);
      ASSERT_EQ(rounded(low + 0x8001), (low >> 16) + 1);
      ASSERT_EQ(rounded(low + 0x8000), (low >> 16) + (bits & 1));
      ASSERT_EQ(static_cast<float>(Bf16(FromBits(low))), FromBits(low));
    }
  }
}

TEST(Bf16Test, KeepsWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(static_cast<float>(Bf16(kInfinity)), kInfinity);
  EXPECT_EQ(static_cast<float>(Bf16(-kInfinity)), -kInfinity);
  EXPECT_EQ(static_cast<float>(Bf16(std::numeric_limits<float>::max())), kInfinity);
  EXPECT_TRUE(std::isnan(static_cast<float>(Bf16(std::nanf("")))));
  EXPECT_TRUE(std::isnan(static_cast<float>(Bf16(FromBits(0x7f800001)))));  // its only bit is cut off
  EXPECT_EQ(static_cast<float>(Bf16(0.1)), 0.10009765625f);
}

}  // namespace
}  // namespace ringside::kernels
