// Ops of a GPT on the GPU that the shared tests see on the CPU only, at sizes that take several blocks and tiles.
#include <array>

#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

class CudaOpsTest : public testing::OpTest {
 protected:
  Operand Tokens(int64_t n, int64_t vocab) {
    std::uniform_int_distribution<int> uniform(0, static_cast<int>(vocab - 1));
    Operand tokens(n);
    for (double& token : tokens) token = uniform(rng_);
    return tokens;
  }
};

TEST_P(CudaOpsTest, Embedding) {
  const plan::Op forward = MakeOp(OpKind::kEmbedding, {77, 33, 5, 20});
  std::vector<Operand> operands = DrawOperands(forward);
  operands[0] = Tokens(77, 40);
  Run(forward, operands);
  ExpectEqual(2, "out");
  const plan::Op backward = MakeOp(OpKind::kEmbeddingBackward, {77, 33, 5, 20});
  operands = DrawOperands(backward);
  operands[0] = Tokens(77, 40);
  Run(backward, operands);
  ExpectRounded(2, "dtable", 78 * 78 * kUnit);
}

TEST_P(CudaOpsTest, Positions) {
  Run(MakeOp(OpKind::kAddPosition, {24, 19, 8, 2, 1, 4}),
      DrawOperands(MakeOp(OpKind::kAddPosition, {24, 19, 8, 2, 1, 4})));
  ExpectRounded(0, "x", 2 * kUnit);
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
    const plan::Op op = MakeOp(OpKind::kPositionBackward, {24, 19, 8, 2, 1, 0}, {}, flags);
    Run(op, DrawOperands(op));
    ExpectRounded(1, "dtable", 16 * kUnit);
  }
}

TEST_P(CudaOpsTest, LayerNormOfWideRows) {
  const int64_t n = 70, c = 1500;
  const plan::Op forward = MakeOp(OpKind::kLayerNorm, {n, c}, {1e-5});
  std::vector<Operand> operands = DrawOperands(forward);
  Run(forward, operands);
  ExpectRounded(3, "y", 40 * kUnit * std::sqrt(static_cast<double>(c)));
  const plan::Op backward = MakeOp(OpKind::kLayerNormBackward, {n, c});
  std::vector<Operand> back = DrawOperands(backward);
  back[1] = operands[0], back[2] = operands[1], back[3] = exact_[4], back[4] = exact_[5];
  Run(backward, back);
  ExpectRounded(5, "dx", 100 * kUnit * std::sqrt(static_cast<double>(c)));
  ExpectRounded(6, "dgamma", static_cast<double>(n * n) * 4 * kUnit);
  ExpectRounded(7, "dbeta", static_cast<double>(n * n) * kUnit);
}

TEST_P(CudaOpsTest, SumsOverManyBlocksOfRows) {
  const plan::Op op = MakeOp(OpKind::kBiasGrad, {3000, 70});
  Run(op, DrawOperands(op));
  ExpectRounded(1, "dbias", 3000.0 * 60 * kUnit);  // |partial sums| of random signs stay below 60 or so
}

TEST_P(CudaOpsTest, CrossEntropyOfALargeVocabulary) {
  const int64_t n = 9, v = 5003;
  const plan::Op max = MakeOp(OpKind::kXentMax, {n, v});
  std::vector<Operand> operands = DrawOperands(max);
  const Operand logits = operands[0];
  Run(max, operands);
  ExpectEqual(1, "row_max");
  const Operand row_max = exact_[1], targets = Tokens(n, v);
  const plan::Op sum = MakeOp(OpKind::kXentSum, {n, v, 0});
  Run(sum, {logits, row_max, targets, Operand(2 * n, NAN)});
  ExpectRounded(3, "stats", static_cast<double>(v) * 64 * kUnit);
  const Operand stats = exact_[3];
  const plan::Op loss = MakeOp(OpKind::kXentLoss, {n, v, 0}, {1.0 / n, 1.0});
  Run(loss, {logits, row_max, stats, targets, {0.5}});
  ExpectRounded(0, "gradient", 16 * kUnit);
  ExpectRounded(4, "loss", 100 * kUnit);
}

// More positions than a block of queries and a tile of keys, every width class, shared key/value heads.
TEST_P(CudaOpsTest, AttentionOfSeveralTiles) {
  for (const auto& [t, h, g, d] : {std::array<int64_t, 4>{150, 2, 1, 20}, {70, 2, 2, 64}, {97, 4, 2, 128}}) {
    const int64_t b = 2;
    const plan::Op forward = MakeOp(OpKind::kAttention, {b, t, h, g, d});
    const std::vector<Operand> operands = DrawOperands(forward);
    Run(forward, operands);
    const double error = 16 * kUnit * static_cast<double>(t + d);
    ExpectRounded(1, "out", error);
    Expect(2, "lse", [&](int64_t, double exact) { return error + 8 * kUnit * std::abs(exact); });
    const plan::Op backward = MakeOp(OpKind::kAttentionBackward, {b, t, h, g, d});
    std::vector<Operand> back = DrawOperands(backward);
    back[1] = operands[0], back[2] = actual_[1], back[3] = actual_[2];
    Run(backward, back);
    // A gradient of a key is a sum over up to t h / g queries of terms up to d.
    const double share = static_cast<double>(t * h / g) * static_cast<double>(d);
    ExpectRounded(4, "dqkv", 16 * kUnit * share);
  }
}

TEST_P(CudaOpsTest, InitialValuesAreThoseOfTheHost) {
  const plan::Op op = MakeOp(OpKind::kInitNormal, {3, 2, 10, 2, 5, 7, 3, 50}, {0.02});
  context_.seed = 11;
  Run(op, DrawOperands(op));
  for (size_t i = 0; i < exact_[0].size(); ++i) ASSERT_EQ(actual_[0][i], subject_->Round(exact_[0][i])) << i;
}

TEST_P(CudaOpsTest, ARepeatedOpGivesTheSameBits) {
  const plan::Op op = MakeOp(OpKind::kGemm, {65, 130, 513}, {}, plan::kTransA);
  const std::vector<Operand> operands = DrawOperands(op);
  Run(op, operands);
  const Operand once = actual_[2];
  for (int again = 0; again < 5; ++again) {
    Run(op, operands);
    ASSERT_EQ(actual_[2], once);
  }
}

INSTANTIATE_TEST_SUITE_P(Subjects, CudaOpsTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
