#include "workers/kernels/synthetic_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "workers/kernels/data_source.h"

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

// With a finite data set the samples come again; those held out are never among them.
TEST(SyntheticDataTest, AFiniteDataSetBeginsAgain) {
  v1::RunSpec run;
  run.set_seed(3);
  const auto draw = [&](int64_t sample) {
    Sample s{std::vector<int32_t>(32), std::vector<int32_t>(32)};
    MakeSyntheticData(run)->Tokens(sample, 32, 256, s.tokens.data(), s.targets.data());
    return s;
  };
  EXPECT_EQ(draw(12), Draw(32, 12, 256, 3));
  EXPECT_NE(draw(12), draw(2));
  run.set_dataset_samples(10);
  EXPECT_EQ(draw(12), draw(2));
  EXPECT_NE(draw(9), draw(10));
  EXPECT_EQ(draw(kFirstHeldOut + 12), Draw(32, kFirstHeldOut + 12, 256, 3));
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
