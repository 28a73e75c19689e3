// Mixture of experts against the double-precision reference, and the routing rules by hand.
#include <algorithm>

#include "workers/kernels/testing/op_oracle.h"

namespace ringside::kernels {
namespace {

using plan::OpKind;
using testing::kUnit;
using testing::MakeOp;
using testing::Operand;

// Two sequences of 2 tokens, 3 experts, 2 choices, 1 place a sequence.
TEST(RouterRulesTest, PlacesGoInOrderAndEqualsToTheLowerExpert) {
  const auto kernels = MakeReferenceKernels<double>();
  const std::vector<double> logits = {1, 1, 0, 2, 1, 0, 0, 3, 1, 0, 0, 0};
  std::vector<double> probs(12), weight(8), load(6);
  std::vector<int32_t> slot(8), choice(8);
  kernels->Router(logits.data(), probs.data(), slot.data(), choice.data(), weight.data(), load.data(), 4, 3,
                  2, 2, 1, 1);
  EXPECT_EQ(choice, (std::vector<int32_t>{0, 1, 0, 1, 1, 2, 0, 1}));
  // Place of expert e in sequence b: e * 2 + b. The second token of the first sequence finds none.
  EXPECT_EQ(slot, (std::vector<int32_t>{0, 2, -1, -1, 3, 5, 1, -1}));
  EXPECT_EQ(load, (std::vector<double>{0.5, 0.5, 0, 0.25, 0.5, 0.25}));
  EXPECT_DOUBLE_EQ(weight[0], 0.5);
  EXPECT_DOUBLE_EQ(weight[2], 1 / (1 + std::exp(-1.0)));
  double loss = 1;
  kernels->AuxLoss(probs.data(), load.data(), &loss, 4, 3, 2, 1, 0.0);
  EXPECT_EQ(loss, 1);
}

class MoeTest : public testing::OpTest {
 protected:
  // Slots of n * k choices among `rows` places, no place twice; about a quarter dropped.
  Operand DrawSlots(int64_t choices, int64_t rows) {
    Operand places(rows);
    for (int64_t i = 0; i < rows; ++i) places[i] = static_cast<double>(i);
    std::shuffle(places.begin(), places.end(), rng_);
    places.resize(choices);
    for (int64_t i = 0; i < choices; i += 4) places[i] = -1;
    return places;
  }
};

TEST_P(MoeTest, Router) {
  for (const int64_t k : {1, 2, 3}) {
    const int64_t n = 24, e = 5, t = 8, capacity = 4;
    const plan::Op op = MakeOp(OpKind::kRouter, {n, e, k, t, capacity, 2});
    Run(op, DrawOperands(op));
    // e^ of a difference of at most 2, a sum of e, a quotient.
    const double error = (16 + 2 * static_cast<double>(e)) * kUnit;
    Expect(1, "probs", [&](int64_t, double exact) { return error * exact; });
    ExpectEqual(2, "slot");
    ExpectEqual(3, "choice");
    Expect(4, "weight", [&](int64_t, double exact) { return 3 * error * exact; });
    Expect(5, "load", [&](int64_t, double exact) { return kUnit * exact; });
    for (size_t i = 0; i < exact_[2].size(); ++i) {  // a place belongs to one choice
      if (exact_[2][i] < 0) continue;
      EXPECT_EQ(std::count(exact_[2].begin(), exact_[2].end(), exact_[2][i]), 1);
    }

    const std::vector<Operand> routed = actual_;
    const plan::Op aux = MakeOp(OpKind::kAuxLoss, {n, e, t, 2}, {0.01});
    Run(aux, {routed[1], routed[5], {0.5}});
    Expect(2, "loss", [&](int64_t, double exact) { return 2 * kUnit * std::abs(exact); });

    const plan::Op backward = MakeOp(OpKind::kRouterBackward, {n, e, k, t, 2}, {0.5}, plan::kScaled);
    Operand dweight = Draw(n * k);
    Run(backward,
        {routed[1], routed[2], routed[3], dweight, routed[5], {4, 0, 0, 0.25}, Operand(n * e, NAN)});
    // Sums of e terms of |dweight| / s <= 1 / s, s >= 1 / (e e^2), in double in every implementation.
    ExpectRounded(6, "dlogits", 8 * kUnit);
  }
}

TEST_P(MoeTest, DispatchAndCombine) {
  const int64_t n = 13, k = 2, c = 1041, rows = 40;
  const Operand slot = DrawSlots(n * k, rows), weight = Draw(n * k);
  // Weights are statistics, of float; the drawn ones are exact in both.
  const plan::Op dispatch = MakeOp(OpKind::kDispatch, {n, k, c, rows});
  Run(dispatch, {Draw(n * c), slot, Operand(rows * c, NAN)});
  ExpectEqual(2, "dispatched");
  Run(MakeOp(OpKind::kCombine, {n, k, c, rows}), {Draw(rows * c), slot, weight, Operand(n * c, NAN)});
  ExpectRounded(3, "combined", 4 * kUnit);
  Run(MakeOp(OpKind::kDispatchBackward, {n, k, c, rows}), {Draw(rows * c), slot, Operand(n * c, NAN)});
  ExpectRounded(2, "dx", 4 * kUnit);
  Run(MakeOp(OpKind::kCombineBackward, {n, k, c, rows}),
      {Draw(n * c), Draw(rows * c), slot, weight, Operand(rows * c, NAN), Operand(n * k, NAN)});
  ExpectRounded(4, "dy", 2 * kUnit);
  const double width = static_cast<double>(c);
  Expect(5, "dweight", [&](int64_t, double) { return (width + 2) * kUnit * width; });
}

// Four blocks of two experts; rows are empty here and there, as where no token went, and one block is empty.
TEST_P(MoeTest, ExpertProducts) {
  const int64_t g = 4, e = 2, m = 70, n = 19, k = 23;
  const auto thin = [&](Operand* rows, int64_t width) {
    for (int64_t i = 0; i < g * m; ++i) {
      const int64_t at = i % m;
      const bool empty = i / m == 3 || (at >= 3 && at < 40 + i / m) || at >= 64;
      if (empty) std::fill_n(rows->begin() + i * width, width, 0.0);
    }
  };
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kTransB}}) {
    const plan::Op op = MakeOp(OpKind::kExpertGemm, {g, e, m, n, k}, {0.5}, flags);
    std::vector<Operand> operands = DrawOperands(op);
    thin(&operands[0], k);
    Run(op, operands);
    ExpectRounded(2, "c", 2 * (k + 2) * kUnit * k);
  }
  for (const uint32_t flags : {uint32_t{0}, uint32_t{plan::kAccumulate}}) {
    const plan::Op op = MakeOp(OpKind::kExpertWeightGrad, {g, e, m, n, k}, {0.5}, flags);
    std::vector<Operand> operands = DrawOperands(op);
    thin(&operands[0], n);
    thin(&operands[1], k);
    Run(op, operands);
    // An expert's sum comes in up to two blocks of two runs, each of which may be rounded when it is added.
    const double terms = 2 * 40;
    Expect(2, "dw", [&](int64_t, double exact) {
      return u_ * std::abs(exact) + 3 * u_ * terms + 2 * (terms + 2) * kUnit * terms;
    });
  }
}

// An expert that nobody chose has no gradient, and keeps the one it had.
TEST_P(MoeTest, AnIdleExpertHasNoGradient) {
  const int64_t m = 5, n = 3, k = 4;
  const Operand none(m * n, 0.0), x = Draw(m * k), before = Draw(n * k);
  Run(MakeOp(OpKind::kExpertWeightGrad, {1, 1, m, n, k}, {0.5}), {none, x, Operand(n * k, NAN)});
  EXPECT_EQ(actual_[2], Operand(n * k, 0.0));
  Run(MakeOp(OpKind::kExpertWeightGrad, {1, 1, m, n, k}, {0.5}, plan::kAccumulate), {none, x, before});
  EXPECT_EQ(actual_[2], before);
}

INSTANTIATE_TEST_SUITE_P(Subjects, MoeTest, testing::AllSubjects(), testing::SubjectName);

}  // namespace
}  // namespace ringside::kernels
