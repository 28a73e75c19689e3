#include <numeric>

#include "workers/kernels/dropout.h"
#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

TEST(DropoutWordsTest, AreThoseOfTheStream) {
  const uint64_t first = (uint64_t{1} << 32) - 5;  // the index crosses 32 bits
  uint32_t words[4][kDropoutLanes];
  DropoutWords(0x123456789abcdef, 7, first, words);
  for (int i = 0; i < kDropoutLanes; ++i) {
    const PhiloxCounter expected = RandomWords(0x123456789abcdef, RandomStream::kDropout, 7, first + i);
    for (int w = 0; w < 4; ++w) ASSERT_EQ(words[w][i], expected[w]);
  }
}

class DropoutTest : public testing::OpTest {
 protected:
  DropoutTest() { context_.seed = 5, context_.step = 3; }
  // dims {N, C, T, cp, cp_rank, row_begin, first_sample, samples_per_step, site}
  static plan::Op Op(int64_t n, int64_t c, int64_t t, int64_t cp, int64_t cp_rank, int64_t row_begin,
                     int64_t first_sample, double p, bool bias = false) {
    return MakeOp(OpKind::kDropout, {n, c, t, cp, cp_rank, row_begin, first_sample, 4, 9}, {p},
                  bias ? uint32_t{plan::kBias} : 0);
  }
};

TEST_P(DropoutTest, KeepsOrDropsAsTheReferenceDoes) {
  for (const bool bias : {false, true}) {
    const plan::Op op = Op(6, 203, 3, 1, 0, 0, 1, 0.25, bias);
    Run(op, DrawOperands(op));
    ExpectRounded(0, "x", 2.0 / 0.75 * 3 * kUnit);
    for (size_t i = 0; i < exact_[0].size(); ++i) ASSERT_EQ(actual_[0][i] == 0, exact_[0][i] == 0);
  }
}

// The share dropped is p and the mean stays, within five standard errors.
TEST_P(DropoutTest, KeepsTheMean) {
  const int64_t n = 64, c = 1000;
  for (const double p : {0.1, 0.5}) {
    Run(Op(n, c, 32, 1, 0, 0, 0, p), {Operand(n * c, 1.0)});
    const double count = static_cast<double>(n * c);
    const double mean = std::accumulate(actual_[0].begin(), actual_[0].end(), 0.0) / count;
    EXPECT_NEAR(mean, 1.0, 5 * std::sqrt(p / (1 - p) / count) + 2 * u_);
  }
  Run(Op(2, 8, 2, 1, 0, 0, 0, 0.0), {Operand(16, 1.0)});
  EXPECT_EQ(actual_[0], Operand(16, 1.0));
}

// However the rows of a step are shared out over replicas, ranks of a sequence or ranges of rows, an element
// meets the same fate; other samples, steps and sites have other masks.
TEST_P(DropoutTest, TheMaskIsAFunctionOfTheGlobalElement) {
  const int64_t c = 30, t = 8;
  const auto mask = [&](const plan::Op& op) {
    return subject_->Run(op, {Operand(op.dims[0] * c, 1.0)}, context_)[0];
  };
  const Operand whole = mask(Op(2 * t, c, t, 1, 0, 0, 1, 0.5));  // samples 1 and 2 of the step
  const Operand second = mask(Op(t, c, t, 1, 0, 0, 2, 0.5));
  EXPECT_TRUE(std::equal(second.begin(), second.end(), whole.begin() + t * c));
  const Operand rows = mask(Op(5, c, t, 1, 0, 6, 1, 0.5));  // sequence-parallel: rows 6 to 10
  EXPECT_TRUE(std::equal(rows.begin(), rows.end(), whole.begin() + 6 * c));
  for (const int64_t rank : {0, 1}) {
    const Operand part = mask(Op(t, c, t / 2, 2, rank, 0, 1, 0.5));  // two sequences of half the positions
    for (int64_t i = 0; i < t; ++i) {
      const int64_t row = i / 4 * t + plan::GlobalPosition(i % 4, 4, 2, rank);
      ASSERT_TRUE(std::equal(&part[i * c], &part[i * c] + c, &whole[row * c])) << rank << " " << i;
    }
  }
  EXPECT_NE(second, Operand(whole.begin(), whole.begin() + t * c));
  plan::Op other = Op(2 * t, c, t, 1, 0, 0, 1, 0.5);
  other.dims[8] = 10;
  EXPECT_NE(mask(other), whole);
  context_.step = 4;
  EXPECT_NE(mask(Op(2 * t, c, t, 1, 0, 0, 1, 0.5)), whole);
}

INSTANTIATE_TEST_SUITE_P(Subjects, DropoutTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
