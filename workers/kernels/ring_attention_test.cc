// Ring attention: every rank's queries against every rank's keys, merged in any order, is attention over the
// whole sequence.
#include <algorithm>
#include <numeric>

#include "plan/sequence_slice.h"
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

struct Shape {
  int64_t batch, whole, h, g, d;  // `whole` positions of a sequence
  int64_t Columns() const { return (h + 2 * g) * d; }
};

// The rows of `rank` of x [B, whole, c].
Operand Slice(const Operand& x, const Shape& s, int64_t c, int64_t cp, int64_t rank) {
  const int64_t t = s.whole / cp;
  Operand part;
  for (int64_t i = 0; i < s.batch * t; ++i) {
    const auto row = x.begin() + (i / t * s.whole + plan::GlobalPosition(i % t, t, cp, rank)) * c;
    part.insert(part.end(), row, row + c);
  }
  return part;
}

// Columns [begin, begin + count) of every row of `width`.
Operand Columns(const Operand& x, int64_t width, int64_t begin, int64_t count) {
  Operand part;
  for (size_t row = 0; row < x.size(); row += static_cast<size_t>(width)) {
    part.insert(part.end(), x.begin() + row + begin, x.begin() + row + begin + count);
  }
  return part;
}

class RingAttentionTest : public testing::OpTest {
 protected:
  static constexpr Shape kShapes[] = {{1, 4, 1, 1, 2}, {2, 24, 4, 2, 8}, {1, 272, 2, 1, 16}, {2, 8, 3, 3, 5}};
  // Inputs are at most 1. In float a score has d + 4 roundings, a probability e^ of a difference of scores of
  // at most 2 sqrt(d), a sum t terms; in R a probability and each merged output are rounded.
  double Error(const Shape& s, int64_t cp) const {
    const double t = static_cast<double>(s.whole), d = static_cast<double>(s.d), blocks = t / 64 + 2;
    return ((d + 4) * std::sqrt(d) + 8 * std::sqrt(d) + 4 * t + 40) * kUnit +
           (3 + static_cast<double>(cp)) * u_ + blocks * u_;
  }

  // The keys of the ranks in an order that begins with the rank's own, as a ring has it, or another one.
  std::vector<int64_t> Order(int64_t cp, int64_t rank, bool forwards) const {
    std::vector<int64_t> order(cp);
    for (int64_t i = 0; i < cp; ++i) order[i] = forwards ? i : (rank - i + cp) % cp;
    return order;
  }
};

TEST_P(RingAttentionTest, AllRanksTogetherAreTheWhole) {
  for (const Shape& s : kShapes) {
    const int64_t c = s.h * s.d;
    const Operand qkv = Draw(s.batch * s.whole * s.Columns()), dout = Draw(s.batch * s.whole * c);
    // The whole, by the oracle alone.
    const plan::Op attention = MakeOp(OpKind::kAttention, {s.batch, s.whole, s.h, s.g, s.d});
    const Operand scratch(plan::AttentionScratchElems(s.whole), NAN);
    const Operand whole_out(s.batch * s.whole * c, NAN), whole_lse(s.batch * s.h * s.whole, NAN);
    const auto whole = oracle_.Run(attention, {qkv, whole_out, whole_lse, scratch}, context_);
    const plan::Op whole_backward = MakeOp(OpKind::kAttentionBackward, {s.batch, s.whole, s.h, s.g, s.d});
    const auto gradient = oracle_.Run(
        whole_backward, {dout, qkv, whole[1], whole[2], Operand(qkv.size(), NAN), scratch}, context_);

    for (const int64_t cp : {1, 2, 4}) {
      if (s.whole % (2 * cp) != 0) continue;
      const int64_t t = s.whole / cp, rows = s.batch * t, kv_columns = 2 * s.g * s.d;
      const double error = Error(s, cp);
      std::vector<Operand> dkv(cp, Operand(rows * kv_columns, 0.0));
      for (int64_t rank = 0; rank < cp; ++rank) {
        const Operand q = Slice(qkv, s, s.Columns(), cp, rank);
        Operand out, lse;
        for (const bool forwards : {false, true}) {
          out.assign(rows * c, NAN), lse.assign(s.batch * s.h * t, NAN);
          uint32_t flags = 0;
          for (const int64_t from : Order(cp, rank, forwards)) {
            const Operand kv =
                Columns(Slice(qkv, s, s.Columns(), cp, from), s.Columns(), s.h * s.d, kv_columns);
            const plan::Op op =
                MakeOp(OpKind::kRingAttention, {s.batch, t, s.h, s.g, s.d, cp, rank, from}, {}, flags);
            const Operand ring_scratch(plan::AttentionScratchElems(t), NAN);
            const auto after = subject_->Run(op, {q, kv, out, lse, ring_scratch}, context_);
            out = after[2], lse = after[3];
            flags = plan::kAccumulate;
          }
          const Operand expected = Slice(whole[1], s, c, cp, rank);
          for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], error) << cp << " " << i;
          for (int64_t i = 0; i < s.batch * s.h * t; ++i) {
            const int64_t at = i / t * s.whole + plan::GlobalPosition(i % t, t, cp, rank);
            ASSERT_NEAR(lse[i], whole[2][at], error + 8 * kUnit * std::abs(whole[2][at])) << "lse";
          }
        }
        // Backward, with what the forward pass left behind.
        const Operand d = Slice(dout, s, c, cp, rank);
        Operand dqkv(rows * s.Columns(), NAN);
        uint32_t flags = 0;
        for (const int64_t from : Order(cp, rank, false)) {
          const Operand kv =
              Columns(Slice(qkv, s, s.Columns(), cp, from), s.Columns(), s.h * s.d, kv_columns);
          const plan::Op op =
              MakeOp(OpKind::kRingAttentionBackward, {s.batch, t, s.h, s.g, s.d, cp, rank, from}, {}, flags);
          const auto after = subject_->Run(op,
                                           {d, q, kv, out, lse, dqkv, Operand(rows * kv_columns, NAN),
                                            Operand(plan::AttentionScratchElems(t), NAN)},
                                           context_);
          dqkv = after[5];
          for (size_t i = 0; i < dkv[from].size(); ++i) dkv[from][i] += after[6][i];
          flags = plan::kAccumulate;
        }
        // dP and the products with dO are at most d; dQ is a mean of such, scaled; see attention_test.cc.
        const double size = static_cast<double>(s.d);
        const Operand actual = Columns(dqkv, s.Columns(), 0, c);
        const Operand expected = Columns(Slice(gradient[4], s, s.Columns(), cp, rank), s.Columns(), 0, c);
        for (size_t i = 0; i < actual.size(); ++i) {
          ASSERT_NEAR(actual[i], expected[i], 4 * error * std::sqrt(size)) << "dq " << cp << " " << i;
        }
      }
      for (int64_t rank = 0; rank < cp; ++rank) {
        const Operand expected =
            Columns(Slice(gradient[4], s, s.Columns(), cp, rank), s.Columns(), s.h * s.d, kv_columns);
        // The first key is seen by all: the sum of its probabilities is what the error is a share of.
        const double seen = static_cast<double>(s.h / s.g) * (2 + std::log(static_cast<double>(s.whole)));
        for (size_t i = 0; i < expected.size(); ++i) {
          ASSERT_NEAR(dkv[rank][i], expected[i], 4 * error * std::sqrt(static_cast<double>(s.d)) * seen)
              << "dkv " << cp << " " << i;
        }
      }
    }
  }
}

// Against a later rank's keys the first half of the queries sees nothing.
TEST_P(RingAttentionTest, QueriesThatSeeNothing) {
  const int64_t t = 6, d = 3;
  const plan::Op op = MakeOp(OpKind::kRingAttention, {1, t, 1, 1, d, 2, 0, 1});
  std::vector<Operand> operands = DrawOperands(op);
  Run(op, operands);
  for (int64_t i = 0; i < t / 2; ++i) {
    EXPECT_EQ(actual_[3][i], -INFINITY);
    for (int64_t x = 0; x < d; ++x) EXPECT_EQ(actual_[2][i * d + x], 0);
  }
  EXPECT_GT(actual_[3][t / 2], -INFINITY);
  // Merged with what was there, nothing changes.
  operands[2] = Draw(t * d), operands[3] = Draw(t);
  plan::Op merge = op;
  merge.flags = plan::kAccumulate;
  Run(merge, operands);
  EXPECT_TRUE(std::equal(operands[2].begin(), operands[2].begin() + t / 2 * d, actual_[2].begin()));
  EXPECT_TRUE(std::equal(operands[3].begin(), operands[3].begin() + t / 2, actual_[3].begin()));
  EXPECT_NE(operands[2], actual_[2]);
}

INSTANTIATE_TEST_SUITE_P(Subjects, RingAttentionTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
