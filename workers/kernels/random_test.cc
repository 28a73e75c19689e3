#include "workers/kernels/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ringside::kernels {
namespace {

// Random123, tests/kat_vectors: "philox4x32 10".
TEST(PhiloxTest, GivesThePublishedAnswers) {
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(StandardNormalTest, HasTheMomentsOfANormal) {
  constexpr int64_t kCount = 200000;
  double sum = 0, squares = 0, cubes = 0, fourths = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const double x = StandardNormal(7, 3, i);
    sum += x, squares += x * x, cubes += x * x * x, fourths += x * x * x * x;
  }
  // Five standard errors each: the moments have variances 1, 2, 15 and 96.
  const double error = 5 / std::sqrt(static_cast<double>(kCount));
  EXPECT_NEAR(sum / kCount, 0, error);
  EXPECT_NEAR(squares / kCount, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(cubes / kCount, 0, error * std::sqrt(15.0));
  EXPECT_NEAR(fourths / kCount, 3, error * std::sqrt(96.0));
}

TEST(StandardNormalTest, SeedAndParameterGiveDifferentNumbers) {
  EXPECT_NE(StandardNormal(1, 1, 0), StandardNormal(2, 1, 0));
  EXPECT_NE(StandardNormal(1, 1, 0), StandardNormal(1, 2, 0));
  EXPECT_NE(StandardNormal(1, 1, 0), StandardNormal(uint64_t{1} << 32 | 1, 1, 0));
  EXPECT_NE(StandardNormal(1, 1, 0), StandardNormal(1, 1, uint64_t{1} << 33));
}

// Every split of every axis that a layout may choose gives slices of the same tensor, odd offsets included.
TEST(FillNormalTest, ASliceEqualsTheWhole) {
  constexpr int64_t kOuter = 3, kMid = 7, kInner = 5;
  std::vector<double> whole(kOuter * kMid * kInner);
  FillNormal(whole.data(), 4, kOuter, kMid, 0, kMid, kInner, 0, kOuter * kMid * kInner, 0.02, 11);
  for (int64_t begin = 0; begin < kMid; ++begin) {
    for (int64_t count = 1; begin + count <= kMid; ++count) {
      std::vector<double> slice(kOuter * count * kInner);
      FillNormal(slice.data(), 4, kOuter, kMid, begin, count, kInner, 0, kOuter * count * kInner, 0.02, 11);
      for (int64_t o = 0; o < kOuter; ++o) {
        for (int64_t i = 0; i < count * kInner; ++i) {
          ASSERT_EQ(slice[o * count * kInner + i], whole[(o * kMid + begin) * kInner + i]);
        }
      }
      // And every piece of the slice, as optimizers that share a tensor draw it.
      for (int64_t first = 0; first < kOuter * count * kInner; first += 4) {
        const int64_t length = std::min<int64_t>(11, kOuter * count * kInner - first);
        std::vector<double> piece(length);
        FillNormal(piece.data(), 4, kOuter, kMid, begin, count, kInner, first, length, 0.02, 11);
        for (int64_t i = 0; i < length; ++i) ASSERT_EQ(piece[i], slice[first + i]);
      }
    }
  }
}

TEST(FillNormalTest, FollowsTheSequenceAndRoundsToFloat) {
  std::vector<double> wide(9);
  std::vector<float> narrow(9);
  FillNormal(wide.data(), 2, 1, 20, 3, 9, 1, 0, 9, 0.5, 8);
  FillNormal(narrow.data(), 2, 1, 20, 3, 9, 1, 0, 9, 0.5, 8);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(wide[i], 0.5 * StandardNormal(8, 2, 3 + i));
    EXPECT_EQ(narrow[i], static_cast<float>(wide[i]));
  }
}

}  // namespace
}  // namespace ringside::kernels
