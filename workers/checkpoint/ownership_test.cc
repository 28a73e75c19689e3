#include "workers/checkpoint/ownership.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "workers/checkpoint/testing.h"

namespace ringside::checkpoint {
namespace {

// Every element of every kind is written exactly once, and only by one who has it.
TEST(Ownership, EveryElementHasOneWriter) {
  std::mt19937_64 rng(5);
  const auto draw = [&rng](int n) { return static_cast<int>(rng() % static_cast<uint64_t>(n)); };
  for (int round = 0; round < 60; ++round) {
    const TestLayout layout{1 + draw(4),        1 + draw(3),  1 + draw(3), draw(4),
                            plan::DType::kBf16, draw(2) == 0, draw(4) > 0};
    auto ranks = MakeRanks(TestModel(), layout);
    std::vector<std::vector<Holding>> holdings;
    for (auto& rank : ranks) {
      const auto mine = HoldingsOf(rank->program().params);
      const auto again = ParseHoldings(Serialize(mine));
      ASSERT_TRUE(again.ok());
      holdings.push_back(*again);
    }
    const auto slices = AssignSlices(holdings);
    std::map<std::tuple<std::string, Kind, int64_t>, int> writers;
    for (size_t r = 0; r < ranks.size(); ++r) {
      for (const Slice& slice : slices[r]) {
        const plan::Param& param = ranks[r]->program().params[slice.param];
        const plan::Piece piece = PieceOf(param, slice.kind);
        EXPECT_GE(slice.elements.begin, piece.begin);
        EXPECT_LE(slice.elements.end, piece.begin + piece.view.elems);
        EXPECT_TRUE(ForEachRun(param, slice.elements, [&](int64_t global, int64_t, int64_t n) {
                      for (int64_t i = 0; i < n; ++i) ++writers[{param.name, slice.kind, global + i}];
                      return absl::OkStatus();
                    }).ok());
      }
    }
    for (const TestTensor& tensor : TestModel()) {
      for (int kind = 0; kind < kNumKinds; ++kind) {
        const Kind k = static_cast<Kind>(kind);
        const bool there = k == Kind::kWeights || (k == Kind::kMaster ? layout.masters : layout.moments);
        for (int64_t i = 0; i < tensor.outer * tensor.mid * tensor.inner; ++i) {
          const auto it = writers.find({tensor.name, k, i});
          EXPECT_EQ(it == writers.end() ? 0 : it->second, there ? 1 : 0) << tensor.name << " " << i;
        }
      }
    }
  }
}

// Where the optimizer is sharded, writing is, too.
TEST(Ownership, ShardsShareTheWork) {
  auto ranks = MakeRanks(TestModel(), {4, 1, 1, 1});
  std::vector<std::vector<Holding>> holdings;
  for (auto& rank : ranks) holdings.push_back(HoldingsOf(rank->program().params));
  const auto slices = AssignSlices(holdings);
  for (const auto& mine : slices) EXPECT_GE(mine.size(), 15u);
}

// A loss scale lives across steps as parameters do; the lowest rank writes it. The control of a run without
// one is only the count of its skipped steps: its scale of 1 is nobody else's.
TEST(Ownership, ADynamicLossScaleIsState) {
  plan::Program program;
  program.buffers.push_back({.name = "control", .dtype = plan::DType::kF32, .elems = 4});
  plan::Op op;
  op.kind = plan::OpKind::kControl;
  op.operands = {{0, 0, 1}, {0, 0, 4}};
  program.ops = {op, op};
  const auto without = StateOf(program);
  ASSERT_EQ(without.size(), 1u);
  EXPECT_EQ(without[0].name, kSkippedSteps);
  EXPECT_EQ(without[0].weights.view.offset, 2);
  for (plan::Op& each : program.ops) each.flags = plan::kDynamic;
  const auto state = StateOf(program);
  ASSERT_EQ(state.size(), 2u);
  EXPECT_EQ(state[0].name, kLossScale);
  EXPECT_EQ(state[0].weights.view.elems, 2);
  EXPECT_EQ(state[1].name, kSkippedSteps);
  const auto slices = AssignSlices({HoldingsOf(state), HoldingsOf(state)});
  ASSERT_EQ(slices[0].size(), 2u);
  EXPECT_EQ(slices[0][0].elements.end, 2);
  EXPECT_EQ(slices[0][1].elements.end, 1);
  EXPECT_TRUE(slices[1].empty());
}

}  // namespace
}  // namespace ringside::checkpoint
