// The ops of a GPT on every element type against the double-precision reference: results are rounded once,
// and no sum is kept in a narrow type. The sharper bounds of float alone are in the tests of each topic.
#include <algorithm>

#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

class ElementTypesTest : public testing::OpTest {};

constexpr uint32_t kBoth[] = {0, plan::kAccumulate};

TEST_P(ElementTypesTest, Gemm) {
  const int64_t shapes[][3] = {{1, 1, 1}, {3, 5, 7}, {64, 48, 32}, {17, 129, 65}, {130, 31, 257}};
  for (const auto& [m, n, k] : shapes) {
    for (uint32_t flags = 0; flags < 16; ++flags) {
      static_assert((plan::kTransA | plan::kTransB | plan::kAccumulate | plan::kBias) == 15);
      const plan::Op op = MakeOp(OpKind::kGemm, {m, n, k}, {}, flags);
      Run(op, DrawOperands(op));
      // A product's roundings, and that of the sum before the bias is added. Hardware that multiplies pairs
      // may round each sum in its own direction: twice the unit.
      const double terms = static_cast<double>(k + 4) * 2 * kUnit * static_cast<double>(k + 1);
      Expect(flags & plan::kBias ? 3 : 2, "c", [&](int64_t, double exact) {
        return u_ * (std::abs(exact) + ((flags & plan::kBias) != 0 ? std::abs(exact) + 1 : 0)) + terms;
      });
    }
  }
}

TEST_P(ElementTypesTest, GeluAfterAGemmAndAlone) {
  const int64_t m = 19, n = 45, k = 23;
  const plan::Op op = MakeOp(OpKind::kGemm, {m, n, k}, {}, plan::kTransB | plan::kBias | plan::kGelu);
  std::vector<Operand> operands = DrawOperands(op);
  Run(op, operands);
  const double terms = (k + 4) * 2 * kUnit * (k + 1);
  Expect(4, "pre", [&](int64_t, double exact) { return u_ * (2 * std::abs(exact) + 1) + terms; });
  // c is computed of pre as it was rounded; gelu's slope is below 1.13, and its own error that of e^ of at
  // most 1.6 |x| + 0.072 |x|^3.
  Expect(3, "c", [&](int64_t i, double exact) {
    const double x = std::abs(exact_[4][i]);
    const double own = (12 + 6 * std::min(88.0, 1.6 * x + 0.072 * x * x * x)) * kUnit;
    return 1.13 * (u_ * (2 * x + 1) + terms) + (own + u_) * std::abs(exact);
  });
  const Operand left = actual_[3], pre = actual_[4];
  Run(MakeOp(OpKind::kGelu, {m * n}), {pre, Operand(m * n, NAN)});
  EXPECT_EQ(actual_[1], left) << "the same again";
  Run(MakeOp(OpKind::kGeluBackward, {m * n}), {pre, Draw(m * n)});
  Expect(1, "dout", [&](int64_t i, double exact) {
    const double x = std::abs(pre[i]);
    return 30 * kUnit * (1 + x) * (2 + x * x * x) + u_ * std::abs(exact);
  });
}

TEST_P(ElementTypesTest, LayerNorm) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{5, 7}, {600, 16}, {4, 1100}}) {
    const double width = static_cast<double>(c), rows = static_cast<double>(n);
    const plan::Op forward = MakeOp(OpKind::kLayerNorm, {n, c}, {1e-2});
    Run(forward, DrawOperands(forward));
    // rstd <= 10: |norm| <= 20, with the roundings of two sums of c terms.
    ExpectRounded(3, "y", 20 * (2 * width + 10) * kUnit);
    Expect(5, "rstd", [&](int64_t, double exact) { return (width + 10) * kUnit * exact; });
    for (const uint32_t flags : kBoth) {
      const plan::Op op = MakeOp(OpKind::kLayerNormBackward, {n, c}, {}, flags);
      std::vector<Operand> operands = DrawOperands(op);
      for (double& rstd : operands[4]) rstd = 1.5 + rstd;
      Run(op, operands);
      const double norm = 5;  // |x - mean| <= 2, rstd <= 2.5
      ExpectRounded(5, "dx", 2.5 * (2 + norm * norm) * (width + 10) * kUnit + 2 * kUnit);
      ExpectRounded(6, "dgamma", (rows + 4) * kUnit * (rows * norm + 1));
      ExpectRounded(7, "dbeta", (rows + 2) * kUnit * (rows + 1));
    }
  }
}

// 600 rows of one token, position or column: a narrow sum would stand still long before.
TEST_P(ElementTypesTest, SumsOfManyRows) {
  const int64_t n = 600, c = 9;
  const double rows = static_cast<double>(n);
  for (const uint32_t flags : kBoth) {
    const plan::Op bias = MakeOp(OpKind::kBiasGrad, {n, c}, {}, flags);
    std::vector<Operand> operands = DrawOperands(bias);
    for (double& value : operands[0]) value = std::abs(value);
    Run(bias, operands);
    ExpectRounded(1, "dbias", (rows + 2) * kUnit * rows);
    Run(MakeOp(OpKind::kPositionBackward, {n, c, 2, 1, 0, 1}, {}, flags), {operands[0], Draw(2 * c)});
    ExpectRounded(1, "dpositions", (rows + 2) * kUnit * rows);
  }
  const plan::Op embedding = MakeOp(OpKind::kEmbeddingBackward, {n, c, 3, 2});
  std::vector<Operand> operands = DrawOperands(embedding);
  for (int64_t i = 0; i < n; ++i) operands[0][i] = i % 5 == 0 ? 4 : i % 7 == 0 ? 9 : 3;
  for (double& value : operands[1]) value = std::abs(value);
  Run(embedding, operands);
  ExpectRounded(2, "dtable", (rows + 2) * kUnit * rows);
}

TEST_P(ElementTypesTest, ElementWise) {
  const plan::Op embedding = MakeOp(OpKind::kEmbedding, {4, 9, 1, 2});
  std::vector<Operand> operands = DrawOperands(embedding);
  operands[0] = {0, 1, 2, 3};
  Run(embedding, operands);
  ExpectEqual(2, "embedding");
  const plan::Op position = MakeOp(OpKind::kAddPosition, {6, 9, 2, 2, 1, 1});
  Run(position, DrawOperands(position));
  ExpectRounded(0, "x", 2 * kUnit);
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kBias}}) {
    const plan::Op residual = MakeOp(OpKind::kBiasResidual, {7, 37}, {}, flags);
    Run(residual, DrawOperands(residual));
    ExpectRounded(flags != 0 ? 3 : 2, "out", 6 * kUnit);
  }
  context_.seed = 3;
  Run(MakeOp(OpKind::kInitNormal, {1, 2, 30, 7, 11, 3, 5, 50}, {0.02}), {Operand(50, NAN)});
  for (int i = 0; i < 50; ++i) EXPECT_EQ(actual_[0][i], subject_->Round(exact_[0][i]));
}

TEST_P(ElementTypesTest, CrossEntropy) {
  const int64_t n = 11, v = 333, begin = 3;
  Operand logits = Draw(n * v, 8), targets(n);
  for (int64_t i = 0; i < n; ++i) targets[i] = static_cast<double>(i * 37);
  Run(MakeOp(OpKind::kXentMax, {n, v}), {logits, Operand(n, NAN)});
  ExpectEqual(1, "row_max");
  const Operand row_max = exact_[1];
  Run(MakeOp(OpKind::kXentSum, {n, v, begin}), {logits, row_max, targets, Operand(2 * n, NAN)});
  const double exp_error = 25 * kUnit;  // its argument of at most 16, and its own
  Expect(3, "stats", [&](int64_t, double exact) { return (exp_error + (v + 2) * kUnit) * std::abs(exact); });
  const Operand stats = actual_[3];
  Run(MakeOp(OpKind::kXentLoss, {n, v, begin}, {0.25, 0.5}, plan::kScaled),
      {logits, row_max, stats, targets, {16, 0, 0, 0}, {0.5}});
  ExpectRounded(0, "dlogits", 2 * 2 * exp_error);
  Expect(5, "loss", [&](int64_t, double exact) { return 4 * kUnit * std::abs(exact); });
}

// Inputs of at most 1. A probability is rounded to R before it is multiplied, an output when it is written,
// and the gradients of keys and values once for every block of 64 queries of a head.
TEST_P(ElementTypesTest, Attention) {
  const int64_t shapes[][5] = {{1, 1, 1, 1, 1}, {2, 17, 3, 3, 16}, {1, 130, 2, 1, 33}, {1, 600, 1, 1, 8}};
  for (const auto& [b, t, h, g, d] : shapes) {
    const double size = static_cast<double>(d), length = static_cast<double>(t);
    const plan::Op forward = MakeOp(OpKind::kAttention, {b, t, h, g, d});
    const std::vector<Operand> operands = DrawOperands(forward);
    Run(forward, operands);
    const double score = (2 * size + 8) * kUnit * std::sqrt(size) + (8 * std::sqrt(size) + length) * kUnit;
    Expect(2, "lse", [&](int64_t, double exact) { return score + 12 * kUnit * (1 + std::abs(exact)); });
    const double probability = 2 * score + (length + 20) * kUnit + u_;  // relative
    ExpectRounded(1, "out", probability + 2 * length * kUnit);
    const plan::Op backward = MakeOp(OpKind::kAttentionBackward, {b, t, h, g, d});
    std::vector<Operand> gradients = DrawOperands(backward);
    gradients[1] = operands[0];
    gradients[2] = actual_[1], gradients[3] = actual_[2];
    Run(backward, gradients);
    // |dP - rowsum| <= 2 d, so that |dS| <= 2 sqrt(d) P; P sums to 1 over the keys, and over the queries to
    // the harmonic numbers at most where scores are alike, here to e^(2 sqrt(d)) times that, and to t in any
    // case.
    const double shared = static_cast<double>(h / g), blocks = shared * (length / 64 + 1);
    const double seen = shared * std::min(length, 1 + std::log(length) * std::exp(2.0));
    const double d_score = 2 * std::sqrt(size) * (probability + u_ + (4 * size + 8) * kUnit);
    Expect(4, "dqkv", [&](int64_t i, double exact) {
      const int64_t head = i / d % (h + 2 * g);
      if (head < h) return u_ * std::abs(exact) + d_score + 2 * std::sqrt(size) * 2 * length * kUnit;
      const double sum = head < h + g ? 2 * std::sqrt(size) : 1;
      return seen * (head < h + g ? d_score : probability) + blocks * u_ * seen * sum;
    });
  }
}

// Without a master, a narrow weight moves by its own rounding; the states are statistics, in float.
TEST_P(ElementTypesTest, Optimizers) {
  context_.lr = 0.1, context_.beta1 = 0.9, context_.beta2 = 0.95, context_.eps = 1e-8, context_.step = 50;
  context_.weight_decay = 0.1;
  const int64_t n = 1009;
  const plan::Op adam = MakeOp(OpKind::kAdamW, {n}, {}, plan::kDecay);
  std::vector<Operand> operands = DrawOperands(adam);
  for (double& value : operands[3]) value = 0.5 + 0.5 * std::abs(value);
  for (Operand* state : {&operands[2], &operands[3]}) {
    for (double& value : *state) value = static_cast<float>(value);
  }
  Run(adam, operands);
  ExpectRounded(0, "w", 20 * kUnit);
  Expect(2, "m", [](int64_t, double) { return 4 * kUnit; });
  Expect(3, "v", [](int64_t, double) { return 5 * kUnit; });
  Run(MakeOp(OpKind::kSgd, {n}, {}, plan::kDecay), {Draw(n), Draw(n)});
  ExpectRounded(0, "w", 4 * kUnit);
}

INSTANTIATE_TEST_SUITE_P(Subjects, ElementTypesTest, testing::AllSubjects(), testing::SubjectName);

template <class R>
void CheckReduce() {
  auto fast = MakeFastKernels<R>();
  ASSERT_TRUE(fast.ok()) << fast.status().ToString();
  const auto reference = MakeReferenceKernels<R>();
  std::vector<R> into(1003), from(1003);
  for (int i = 0; i < 1003; ++i) {
    into[i] = static_cast<R>(std::sin(1.0 * i));
    from[i] = static_cast<R>(std::cos(2.0 * i));
  }
  for (const bool max : {false, true}) {
    std::vector<R> actual = into, expected = into;
    (*fast)->Reduce(actual.data(), from.data(), 1003, max);
    reference->Reduce(expected.data(), from.data(), 1003, max);
    for (int i = 0; i < 1003; ++i) {
      ASSERT_EQ(static_cast<float>(actual[i]), static_cast<float>(expected[i]));
      const float exact =
          max ? std::max<float>(into[i], from[i]) : static_cast<float>(into[i]) + static_cast<float>(from[i]);
      ASSERT_EQ(static_cast<float>(expected[i]), static_cast<float>(static_cast<R>(exact)));
    }
  }
}

TEST(NarrowReduceTest, IsThatOfTheReference) {
  CheckReduce<Bf16>();
  CheckReduce<F16>();
}

}  // namespace
}  // namespace ringside::kernels
