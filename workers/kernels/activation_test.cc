// ReLU, sigmoid, SwiGLU, rotary positions and dead units against the double-precision reference.
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

class ActivationTest : public testing::OpTest {
 protected:
  // The relative error of sigmoid(x): e^ multiplies the rounding of its argument by its size.
  static double SigmoidError(double x) { return (12 + 2 * std::abs(x)) * kUnit; }
  static double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
};

TEST_P(ActivationTest, ReluIsExact) {
  const int64_t relu = static_cast<int64_t>(plan::Activation::kRelu), n = 1003;
  const plan::Op forward = MakeOp(OpKind::kActivation, {n, relu});
  std::vector<Operand> operands = DrawOperands(forward);
  operands[0][5] = 0;
  Run(forward, operands);
  ExpectEqual(1, "out");
  EXPECT_GE(actual_[1][0], 0);
  const plan::Op backward = MakeOp(OpKind::kActivationBackward, {n, relu});
  Run(backward, {operands[0], Draw(n)});
  ExpectEqual(1, "dout");
}

TEST_P(ActivationTest, Sigmoid) {
  const int64_t sigmoid = static_cast<int64_t>(plan::Activation::kSigmoid), n = 1003;
  const Operand pre = Draw(n, 10);
  Run(MakeOp(OpKind::kActivation, {n, sigmoid}), {pre, Operand(n, NAN)});
  Expect(1, "out", [&](int64_t i, double exact) { return (SigmoidError(pre[i]) + u_) * exact; });
  const Operand dout = Draw(n);
  Run(MakeOp(OpKind::kActivationBackward, {n, sigmoid}), {pre, dout});
  Expect(1, "dout",
         [&](int64_t i, double exact) { return (3 * SigmoidError(pre[i]) + u_) * std::abs(exact); });
}

TEST_P(ActivationTest, Swiglu) {
  const int64_t n = 5, f = 67;
  const plan::Op forward = MakeOp(OpKind::kSwiglu, {n, f}),
                 backward = MakeOp(OpKind::kSwigluBackward, {n, f});
  const Operand gate_up = Draw(2 * n * f, 6), dout = Draw(n * f);
  const auto gate = [&](int64_t i) { return gate_up[i / f * 2 * f + i % f]; };
  Run(forward, {gate_up, Operand(n * f, NAN)});
  Expect(1, "out",
         [&](int64_t i, double exact) { return (SigmoidError(gate(i)) + 3 * kUnit + u_) * std::abs(exact); });
  Run(backward, {gate_up, dout, Operand(2 * n * f, NAN)});
  Expect(2, "dgate_up", [&](int64_t i, double exact) {
    const int64_t at = i / (2 * f) * f + i % f;
    const double x = gate(at), s = Sigmoid(x), error = 2 * SigmoidError(x) + 6 * kUnit;
    // d silu is a sum of s and x s (1 - s), of which the second may be negative.
    const double terms =
        i / f % 2 == 0 ? std::abs(gate_up[i + f]) * (s + std::abs(x) * s * (1 - s)) : std::abs(x) * s;
    return error * std::abs(dout[at]) * terms + u_ * std::abs(exact);
  });
}

TEST_P(ActivationTest, Rope) {
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kInverse}}) {
    for (const int64_t d : {2, 8, 34, 300}) {
      // 2 sequences of 6 of 18 positions, the second of three ranks; 2 of 3 heads.
      const plan::Op op = MakeOp(OpKind::kRope, {12, 2, 3, d, 6, 3, 1}, {10000.0}, flags);
      const std::vector<Operand> operands = DrawOperands(op);
      Run(op, operands);
      ExpectRounded(0, "qkv", 8 * kUnit);  // sines, products and their sum are at most 2
      for (int64_t i = 0; i < d; ++i) {
        EXPECT_EQ(actual_[0][2 * d + i], operands[0][2 * d + i]) << "not to be rotated";
      }
    }
  }
}

TEST_P(ActivationTest, DeadShare) {
  const int64_t n = 9, f = 1030;
  Operand act(n * f, 0.0);
  act[0] = 1, act[3 * f + 5] = -1, act[8 * f + 5] = 1, act[8 * f + 1029] = 0.5;  // three columns live
  Run(MakeOp(OpKind::kDeadShare, {n, f}, {0.25}), {act, {NAN}});
  EXPECT_EQ(actual_[1][0], 0.25 * (f - 3));
  Run(MakeOp(OpKind::kDeadShare, {n, f}, {0.25}, plan::kAccumulate), {act, {2.0}});
  EXPECT_EQ(actual_[1][0], 2 + 0.25 * (f - 3));
}

INSTANTIATE_TEST_SUITE_P(Subjects, ActivationTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
