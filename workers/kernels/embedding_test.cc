// Embeddings against the double-precision reference; the vocabulary may be split.
#include <algorithm>

#include "plan/sequence_slice.h"
#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kNan;
using testing::kUnit;
using testing::Widen;
using testing::WidenAbs;

class EmbeddingTest : public AgreementTest {};

TEST_P(EmbeddingTest, ShardsAddUpToTheTable) {
  const int64_t n = 29, c = 13, vocab = 31;
  const std::vector<float> table = Draw(vocab * c);
  const std::vector<int32_t> tokens = DrawTokens(n, vocab);
  std::vector<float> sum(n * c, 0.0f);
  for (const auto& [begin, count] : {std::pair<int64_t, int64_t>{0, 10}, {10, 1}, {11, 20}}) {
    std::vector<float> out(n * c, kNan);
    kernels_->Embedding(tokens.data(), table.data() + begin * c, out.data(), n, c, begin, count);
    kernels_->Reduce(sum.data(), out.data(), n * c, false);
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < c; ++j) ASSERT_EQ(sum[i * c + j], table[tokens[i] * c + j]);
  }
}

TEST_P(EmbeddingTest, BackwardAddsToTheRowsOfThisShard) {
  const int64_t n = 50, c = 13, vocab = 9, begin = 3, count = 4;
  const std::vector<float> dout = Draw(n * c), before = Draw(count * c);
  const std::vector<int32_t> tokens = DrawTokens(n, vocab);
  std::vector<float> dtable = before;
  kernels_->EmbeddingBackward(tokens.data(), dout.data(), dtable.data(), n, c, begin, count);
  std::vector<double> expected = Widen(before), scale = WidenAbs(before);
  for (int64_t i = 0; i < n; ++i) {
    if (tokens[i] < begin || tokens[i] >= begin + count) continue;
    for (int64_t j = 0; j < c; ++j) {
      expected[(tokens[i] - begin) * c + j] += dout[i * c + j];
      scale[(tokens[i] - begin) * c + j] += std::abs(dout[i * c + j]);
    }
  }
  ExpectWithin(
      dtable, expected, [&](size_t i) { return n * kUnit * scale[i]; }, "dtable");
}

TEST_P(EmbeddingTest, PositionsForwardAndBackward) {
  for (const auto& [n, t] : {std::pair<int64_t, int64_t>{12, 4}, {5, 5}, {3, 1}}) {
    const int64_t c = 19;
    const std::vector<float> table = Draw(t * c), x = Draw(n * c);
    std::vector<float> y = x;
    kernels_->AddPosition(y.data(), table.data(), n, c, t, 1, 0, 0);
    for (int64_t i = 0; i < n * c; ++i) ASSERT_EQ(y[i], x[i] + table[i % (t * c)]);
    for (const bool accumulate : {false, true}) {
      const std::vector<float> before = Draw(t * c);
      std::vector<float> dtable = accumulate ? before : std::vector<float>(t * c, kNan);
      kernels_->PositionBackward(x.data(), dtable.data(), n, c, t, 1, 0, 0, accumulate);
      std::vector<double> expected = Widen(before), scale = WidenAbs(before);
      if (!accumulate) std::fill(expected.begin(), expected.end(), 0.0);
      for (int64_t i = 0; i < n * c; ++i) {
        expected[i % (t * c)] += x[i];
        scale[i % (t * c)] += std::abs(x[i]);
      }
      ExpectWithin(
          dtable, expected, [&](size_t i) { return n * kUnit * scale[i]; }, "dtable");
    }
  }
}

// Ranks that share the positions of a sequence, and ranges of rows, add up to the whole: forward and
// backward.
TEST_P(EmbeddingTest, PositionsOfSlices) {
  const int64_t batch = 2, whole = 8, c = 5;
  const std::vector<float> table = Draw(whole * c);
  for (const int64_t cp : {1, 2}) {
    const int64_t t = whole / cp;
    std::vector<float> counts(whole * c, 0.0f);
    for (int64_t rank = 0; rank < cp; ++rank) {
      for (const auto& [begin, n] : {std::pair<int64_t, int64_t>{0, 3}, {3, batch * t - 3}}) {
        std::vector<float> x(n * c, 0.0f);
        kernels_->AddPosition(x.data(), table.data(), n, c, t, cp, rank, begin);
        for (int64_t i = 0; i < n; ++i) {
          const int64_t position = plan::GlobalPosition((begin + i) % t, t, cp, rank);
          for (int64_t j = 0; j < c; ++j) ASSERT_EQ(x[i * c + j], table[position * c + j]);
        }
        const std::vector<float> ones(n * c, 1.0f);
        std::vector<float> part(whole * c, kNan);
        kernels_->PositionBackward(ones.data(), part.data(), n, c, t, cp, rank, begin, false);
        kernels_->Reduce(counts.data(), part.data(), whole * c, false);
        kernels_->PositionBackward(ones.data(), part.data(), n, c, t, cp, rank, begin, true);
        for (const float twice : part) ASSERT_TRUE(twice == 0 || twice >= 2) << twice;
      }
    }
    for (const float count : counts) ASSERT_EQ(count, batch);
  }
}

INSTANTIATE_TEST_SUITE_P(Implementations, EmbeddingTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
