#include "workers/kernels/synthetic_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace ringside::kernels {
namespace {

struct Sample {
  std::vector<int32_t> tokens, targets;
  bool operator==(const Sample&) const = default;
};

Sample Draw(int64_t seq_len, int64_t sample, int64_t vocab, uint64_t seed) {
  Sample s{std::vector<int32_t>(seq_len), std::vector<int32_t>(seq_len)};
  FillSample(s.tokens.data(), s.targets.data(), seq_len, sample, vocab, seed);
  return s;
}

TEST(SyntheticDataTest, IsAFunctionOfSeedAndSample) {
  EXPECT_EQ(Draw(64, 5, 256, 1), Draw(64, 5, 256, 1));
  EXPECT_NE(Draw(64, 5, 256, 1), Draw(64, 6, 256, 1));
  EXPECT_NE(Draw(64, 5, 256, 1), Draw(64, 5, 256, 2));
}

// However the rows of a step are shared out, sample s has the same tokens.
TEST(SyntheticDataTest, BatchesAreSlicesOfOneSequenceOfSamples) {
  constexpr int64_t kSeqLen = 17;
  std::vector<int32_t> tokens(6 * kSeqLen), targets(6 * kSeqLen), part(2 * kSeqLen),
      part_targets(2 * kSeqLen);
  FillBatch(tokens.data(), targets.data(), 6, kSeqLen, 100, 512, 9);
  for (int64_t first = 0; first < 6; first += 2) {
    FillBatch(part.data(), part_targets.data(), 2, kSeqLen, 100 + first, 512, 9);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), tokens.begin() + first * kSeqLen));
    EXPECT_TRUE(std::equal(part_targets.begin(), part_targets.end(), targets.begin() + first * kSeqLen));
  }
}

TEST(SyntheticDataTest, TargetsAreTheNextTokensAndAllAreInRange) {
  for (const int64_t vocab : {1, 2, 64, 50257}) {
    const Sample s = Draw(200, 3, vocab, 4);
    for (int t = 0; t < 200; ++t) {
      ASSERT_GE(s.tokens[t], 0);
      ASSERT_LT(s.tokens[t], vocab);
      ASSERT_LT(s.targets[t], vocab);
      if (t > 0) {
        ASSERT_EQ(s.tokens[t], s.targets[t - 1]);
      }
    }
  }
}

// 15 of 16 targets are one of the token's successors; the entropy of a choice is below 2 nats, far below that
// of the vocabulary: there is something to learn, and the language is rich enough to need all of its tokens.
TEST(SyntheticDataTest, TokensHaveFewSuccessors) {
  constexpr int64_t kVocab = 1024, kSamples = 200, kSeqLen = 64;
  int64_t followed = 0;
  std::set<int32_t> seen;
  for (int64_t sample = 0; sample < kSamples; ++sample) {
    const Sample s = Draw(kSeqLen, sample, kVocab, 1);
    for (int64_t t = 0; t < kSeqLen; ++t) {
      seen.insert(s.tokens[t]);
      for (int slot = 0; slot < kSuccessors; ++slot) {
        if (s.targets[t] == Successor(1, s.tokens[t], slot, kVocab)) {
          ++followed;
          break;
        }
      }
    }
  }
  const double share = static_cast<double>(followed) / (kSamples * kSeqLen);
  EXPECT_GT(share, 15.0 / 16 - 0.02);
  EXPECT_GT(seen.size(), kVocab / 4);
}

}  // namespace
}  // namespace ringside::kernels
