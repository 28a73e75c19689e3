// RMSNorm against the double-precision reference.
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

class RmsNormTest : public testing::OpTest {};

// A sum of c squares has a relative error of c + 2 roundings, of which the root keeps half.
TEST_P(RmsNormTest, Forward) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{1, 1}, {5, 7}, {3, 64}, {4, 1100}}) {
    const plan::Op op = MakeOp(OpKind::kRmsNorm, {n, c}, {1e-5});
    Run(op, DrawOperands(op));
    const double root = (0.5 * static_cast<double>(c) + 6) * kUnit;
    Expect(2, "y", [&](int64_t, double exact) { return (root + 3 * kUnit + u_) * std::abs(exact); });
    Expect(3, "rstd", [&](int64_t, double exact) { return root * exact; });
  }
}

TEST_P(RmsNormTest, Backward) {
  for (const auto& [n, c] : {std::pair<int64_t, int64_t>{1, 1}, {5, 7}, {3, 64}, {4, 1100}}) {
    for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
      const plan::Op op = MakeOp(OpKind::kRmsNormBackward, {n, c}, {}, flags);
      std::vector<Operand> operands = DrawOperands(op);
      for (double& rstd : operands[3]) rstd = 1.5 + rstd;
      Run(op, operands);
      // |x|, |dy|, |gamma| <= 1, rstd <= 2.5: |norm| <= 2.5, and its mean with g has c + 4 roundings.
      const double norm = 2.5, width = static_cast<double>(c), rows = static_cast<double>(n);
      ExpectRounded(4, "dx", 2.5 * (1 + norm * norm) * (width + 10) * kUnit + 2 * kUnit);
      ExpectRounded(5, "dgamma", (rows + 4) * kUnit * (rows * norm + 1));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Subjects, RmsNormTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
