// Attention against the double-precision reference. The bounds follow the rounding of each product: a score
// is a dot product of D terms, a probability e^ of a score, an output a dot product of up to T terms.
#include <algorithm>

#include "workers/kernels/testing/oracle.h"

namespace ringside::kernels {
namespace {

using testing::AgreementTest;
using testing::ExpectWithin;
using testing::kNan;
using testing::kUnit;
using testing::Widen;

struct Shape {
  int64_t batch, t, h, g, d;
  int64_t QkvElems() const { return batch * t * (h + 2 * g) * d; }
};

class AttentionTest : public AgreementTest {
 protected:
  // Bounds of the absolute errors for inputs of at most `size`.
  static double ScoreError(const Shape& s, double size) {
    return (s.d + 4) * kUnit * s.d * size * size / std::sqrt(s.d);
  }
  static const Shape kShapes[10];
};

const Shape AttentionTest::kShapes[10] = {
    {1, 1, 1, 1, 1},  {2, 1, 3, 3, 8},    {1, 2, 1, 1, 5},    {2, 17, 3, 3, 16}, {1, 64, 2, 2, 8},
    {1, 65, 1, 1, 7}, {1, 130, 2, 2, 33}, {1, 200, 1, 1, 64}, {2, 65, 4, 2, 8},  {1, 130, 6, 1, 5}};

TEST_P(AttentionTest, Forward) {
  for (const Shape& s : kShapes) {
    const int64_t rows = s.batch * s.t, c = s.h * s.d;
    const double size = 1.5;
    const std::vector<float> qkv = Draw(s.QkvElems(), size);
    std::vector<float> out(rows * c, kNan), lse(s.batch * s.h * s.t, kNan),
        scratch(plan::AttentionScratchElems(s.t), kNan);
    kernels_->Attention(qkv.data(), out.data(), lse.data(), scratch.data(), s.batch, s.t, s.h, s.g, s.d);
    std::vector<double> wide_out(out.size()), wide_lse(lse.size()), wide_scratch(scratch.size());
    oracle_->Attention(Widen(qkv).data(), wide_out.data(), wide_lse.data(), wide_scratch.data(), s.batch, s.t,
                       s.h, s.g, s.d);
    const double score = ScoreError(s, size);
    // Scores are at most sqrt(d) size^2, which bounds the rounding of differences and of lse.
    const double largest = 2 * std::sqrt(s.d) * size * size + std::log(s.t);
    const double lse_error = score + (4 * largest + s.t + 10) * kUnit;
    const double probability = 2 * score + (4 * largest + 2 * s.t + 16) * kUnit;  // relative
    ExpectWithin(
        lse, wide_lse, [&](size_t) { return lse_error; }, "lse");
    ExpectWithin(
        out, wide_out, [&](size_t) { return (probability + (s.t + 2) * kUnit) * size; }, "out");
  }
}

TEST_P(AttentionTest, Backward) {
  for (const Shape& s : kShapes) {
    const int64_t rows = s.batch * s.t, c = s.h * s.d;
    const double size = 1.5;
    const std::vector<float> qkv = Draw(s.QkvElems(), size), dout = Draw(rows * c);
    std::vector<double> exact_out(rows * c), exact_lse(s.batch * s.h * s.t),
        wide_scratch(plan::AttentionScratchElems(s.t));
    oracle_->Attention(Widen(qkv).data(), exact_out.data(), exact_lse.data(), wide_scratch.data(), s.batch,
                       s.t, s.h, s.g, s.d);
    const std::vector<float> out(exact_out.begin(), exact_out.end()), lse(exact_lse.begin(), exact_lse.end());
    std::vector<float> dqkv(s.QkvElems(), kNan), scratch(plan::AttentionScratchElems(s.t), kNan);
    kernels_->AttentionBackward(dout.data(), qkv.data(), out.data(), lse.data(), dqkv.data(), scratch.data(),
                                s.batch, s.t, s.h, s.g, s.d);
    std::vector<double> wide_dqkv(dqkv.size());
    oracle_->AttentionBackward(Widen(dout).data(), Widen(qkv).data(), Widen(out).data(), Widen(lse).data(),
                               wide_dqkv.data(), wide_scratch.data(), s.batch, s.t, s.h, s.g, s.d);
    const double largest = 2 * std::sqrt(s.d) * size * size + std::log(s.t);
    const double probability = ScoreError(s, size) + (4 * largest + 10) * kUnit;  // relative
    // |dP| and rowsum(dO * O) are at most d size, each with d roundings; P sums to 1 over a row, and over a
    // column to less than T, so dQ and the others are sums of T terms of these sizes.
    const double d_prob = s.d * size, d_prob_error = (s.d + 2) * kUnit * d_prob;
    const double scale = 1 / std::sqrt(s.d);
    const double d_score_error = scale * (2 * d_prob * (probability + 4 * kUnit) + 2 * d_prob_error);
    const double sum = (s.t + 2) * kUnit;
    const double dq_bound = size * (d_score_error + sum * scale * 2 * d_prob);
    const double shared = static_cast<double>(s.h / s.g);  // query heads of a key
    const double dk_bound = shared * s.t * dq_bound;
    const double dv_bound = shared * s.t * (probability + shared * sum);
    const auto bound = [&](size_t i) {
      const int64_t head = static_cast<int64_t>(i) / s.d % (s.h + 2 * s.g);
      return head < s.h ? dq_bound : head < s.h + s.g ? dk_bound : dv_bound;
    };
    ExpectWithin(dqkv, wide_dqkv, bound, "dqkv");
  }
}

// A position's output does not depend on later ones, whatever they hold.
TEST_P(AttentionTest, IsCausal) {
  const Shape s = {1, 70, 2, 2, 8};
  const int64_t c = s.h * s.d, cut = 37;
  std::vector<float> qkv = Draw(s.t * 3 * c);
  std::vector<float> out(s.t * c), lse(s.h * s.t), scratch(plan::AttentionScratchElems(s.t)),
      changed(s.t * c);
  kernels_->Attention(qkv.data(), out.data(), lse.data(), scratch.data(), 1, s.t, s.h, s.g, s.d);
  std::transform(qkv.begin() + cut * 3 * c, qkv.end(), qkv.begin() + cut * 3 * c,
                 [](float x) { return 5 - x; });
  kernels_->Attention(qkv.data(), changed.data(), lse.data(), scratch.data(), 1, s.t, s.h, s.g, s.d);
  for (int64_t i = 0; i < cut * c; ++i) ASSERT_EQ(out[i], changed[i]);
  EXPECT_NE(out[cut * c], changed[cut * c]);
}

INSTANTIATE_TEST_SUITE_P(Implementations, AttentionTest, testing::AllImplementations(), testing::Name);

}  // namespace
}  // namespace ringside::kernels
