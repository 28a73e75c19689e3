// Loss scale, clipping and the master weights of narrow parameters.
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

class ControlTest : public testing::OpTest {
 protected:
  // {loss scale, steps since it changed, skipped, factor} after a step with this sum of squares.
  Operand After(double square_sum, const Operand& control, double max_norm = 0, bool dynamic = false) {
    const uint32_t flags = dynamic ? uint32_t{plan::kDynamic} : 0;
    return subject_->Run(MakeOp(OpKind::kControl, {}, {max_norm}, flags), {{square_sum}, control},
                         context_)[1];
  }
};

TEST_P(ControlTest, SquareSum) {
  for (const int64_t n : {1, 7, 5003}) {
    const Operand g = Draw(n);
    Run(MakeOp(OpKind::kSquareSum, {n}), {g, {NAN}});
    Expect(1, "out", [](int64_t, double exact) { return 2 * kUnit * exact; });
    Run(MakeOp(OpKind::kSquareSum, {n}, {}, plan::kAccumulate), {g, {3.0}});
    Expect(1, "out", [](int64_t, double exact) { return 2 * kUnit * exact; });
    EXPECT_GT(actual_[1][0], 3);
  }
  Run(MakeOp(OpKind::kSquareSum, {2}), {{1, NAN}, {0}});
  EXPECT_TRUE(std::isnan(actual_[1][0]));
}

TEST_P(ControlTest, FactorUndoesTheScaleAndClips) {
  EXPECT_EQ(After(9, {1, 0, 0, 0}), (Operand{1, 0, 0, 1}));
  EXPECT_EQ(After(9, {4, 0, 0, 0}), (Operand{4, 0, 0, 0.25}));
  EXPECT_EQ(After(64, {4, 0, 0, 0}, 3.0), (Operand{4, 0, 0, 0.25}));  // norm 8 / 4: below 3
  EXPECT_EQ(After(64, {4, 0, 0, 0}, 0.5), (Operand{4, 0, 0, 1.0 / 16}));
  EXPECT_EQ(After(0, {1, 0, 0, 0}, 0.5), (Operand{1, 0, 0, 1}));
}

TEST_P(ControlTest, BadGradientsAreSkippedAndHalveTheScale) {
  for (const double bad : {static_cast<double>(INFINITY), static_cast<double>(NAN)}) {
    Operand after = After(bad, {8, 5, 1, 0.5}, 0, true);
    EXPECT_TRUE(std::isnan(after[3]));
    after[3] = 0;
    EXPECT_EQ(after, (Operand{4, 0, 2, 0}));
    EXPECT_EQ(After(bad, {8, 0, 1, 0.5})[0], 8) << "a fixed scale";
  }
  EXPECT_EQ(After(4, {8, 1998, 3, 0}, 0, true), (Operand{8, 1999, 3, 0.125}));
  EXPECT_EQ(After(4, {8, 1999, 3, 0}, 0, true), (Operand{16, 0, 3, 0.125}));
}

TEST_P(ControlTest, OptimizersKeepAMasterAndSkipBadSteps) {
  context_.lr = 1e-2, context_.beta1 = 0.9, context_.beta2 = 0.95, context_.eps = 1e-8;
  context_.weight_decay = 0.1, context_.step = 4;
  for (const OpKind kind : {OpKind::kAdamW, OpKind::kSgd}) {
    const int64_t n = 1009;
    const bool adam = kind == OpKind::kAdamW;
    const plan::Op op = MakeOp(kind, {n}, {}, plan::kDecay | plan::kMaster | plan::kScaled);
    std::vector<Operand> operands = DrawOperands(op);
    if (adam) {
      for (double& v : operands[4]) v = std::abs(v);
    }
    Operand& control = operands.back();
    control = {1, 0, 2, 0.5};
    Run(op, operands);
    // A step moves a weight by lr * |m| / sqrt(v), whose relative error is some roundings of m, v and the
    // root: v is 0.95 of |v before| at least, so that errors of m (of at most 1) count by 1 / sqrt(v).
    const auto move = [&](int64_t i) { return adam ? 1e-2 * 4 / std::sqrt(exact_[4][i]) : 1e-2 * 2; };
    Expect(2, "master",
           [&](int64_t i, double exact) { return 16 * kUnit * move(i) + 4 * kUnit * (std::abs(exact) + 1); });
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(actual_[0][i], subject_->Round(actual_[2][i])) << "w is its rounded master";
      ASSERT_NE(actual_[2][i], operands[2][i]);
    }
    control[3] = NAN;
    const std::vector<Operand> skipped = subject_->Run(op, operands, context_);
    for (size_t i = 0; i + 1 < operands.size(); ++i) EXPECT_EQ(skipped[i], operands[i]);
  }
}

TEST_P(ControlTest, ConvertAndCopy) {
  Run(MakeOp(OpKind::kConvert, {1003}), {Draw(1003), Operand(1003, NAN)});
  ExpectEqual(1, "converted");
  Run(MakeOp(OpKind::kFillStat, {7}, {0.3}), {Operand(7, NAN)});
  Expect(0, "filled", [](int64_t, double exact) { return kUnit * exact; });
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
    // 20 columns from the 5th of 40 to the 3rd of 30.
    const plan::Op op = MakeOp(OpKind::kCopy, {9, 20, 40, 5, 30, 3}, {}, flags);
    const std::vector<Operand> operands = DrawOperands(op);
    Run(op, operands);
    ExpectRounded(1, "to", 2 * kUnit);
    EXPECT_EQ(actual_[1][0], operands[1][0]);
    EXPECT_NE(actual_[1][3], operands[1][3]);
    EXPECT_EQ(actual_[1][23], operands[1][23]);
  }
}

INSTANTIATE_TEST_SUITE_P(Subjects, ControlTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
