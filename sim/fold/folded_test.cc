// Folded simulation against the machine that walks every rank, on clusters small enough for both.
#include "sim/fold/folded.h"

#include <gtest/gtest.h>

#include <random>

#include "plan/collective.h"
#include "plan/testing.h"
#include "sim/model/machine.h"

namespace ringside::sim {
namespace {

constexpr double kLatencyNs = 2000, kNsPerByte = 0.25;

double WorkNs(const plan::Op& op, plan::DType real) {
  return 500 + 0.002 * static_cast<double>(plan::CostOf(op, real).flops);
}

// The same costs for both: no contention, every rank on cores of its own.
class Costs : public CostModel, public FoldCosts {
 public:
  ComputeCost Compute(const plan::Op& op, plan::DType real) const override {
    return {op.kind == plan::OpKind::kJoin ? 0 : WorkNs(op, real), WorkClass::kCompute, 1};
  }
  MessageCost Message(plan::OpKind, int, bool) const override { return {kLatencyNs, kNsPerByte, 0}; }

  double ComputeNs(const plan::Op& op, plan::DType real) const override { return WorkNs(op, real); }
  double CollectiveNs(const plan::Op& op, const plan::Program& program) const override {
    const double bytes = static_cast<double>(plan::SizeOf(program.buffers[op.operands[0].buffer].dtype));
    double ns = 0;
    for (const plan::Round& round : plan::RoundsOf(op, program.groups, program.rank)) {
      // All members go through their rounds in step; the one with the longest chunk sets the pace.
      const int64_t elems = std::max(round.send_count, round.recv_count);
      if (elems > 0) ns += std::round(kLatencyNs) + kNsPerByte * bytes * static_cast<double>(elems);
    }
    return ns;
  }
  double TransferNs(int64_t bytes, int, int) const override {
    return kLatencyNs + kNsPerByte * static_cast<double>(bytes);
  }
};

int64_t MachineNs(const std::vector<plan::Program>& programs, const Costs& costs) {
  MachineOptions options;
  options.topology = *MakeTopology(programs, {}, {}, 64 * static_cast<int>(programs.size()), false);
  std::vector<FlatProgram> flat;
  for (const auto& program : programs) flat.push_back(Flatten(program, costs));
  const auto timeline = Execute(programs, flat, costs, options);
  EXPECT_TRUE(timeline.ok()) << timeline.status();
  return timeline.ok() ? timeline->end_ns : 0;
}

TEST(Folded, AgreesWithTheMachineThatWalksEveryRank) {
  std::mt19937_64 rng(99);
  const Costs costs;
  double largest = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const bool moe = trial % 3 == 2;
    plan::LayoutLimits limits{
        .max_ranks = 16, .heads = trial % 3 == 1 ? 2 : 4, .seq_len = 32, .global_batch = 16};
    if (moe) limits.experts = 4;
    const plan::Layout layout = plan::DrawLayout(rng, limits);
    const char* preset = moe ? "moe-nano" : trial % 3 == 1 ? "llama-nano" : "gpt2-nano";
    SCOPED_TRACE(ToString(layout) + " " + preset);
    v1::Scenario scenario = plan::ScenarioOf(layout, preset);
    scenario.mutable_run()->mutable_optimizer()->set_grad_clip(trial % 2);
    const auto programs = plan::Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    const auto folded = SimulateFolded(*plan::Resolve(scenario), costs);
    ASSERT_TRUE(folded.ok()) << folded.status();
    const double walked = static_cast<double>(MachineNs(*programs, costs));
    largest = std::max(largest, std::abs(folded->step_ns / walked - 1));
    EXPECT_NEAR(folded->step_ns, walked, 0.02 * walked);
  }
  std::printf("largest difference: %.2f %%\n", 100 * largest);
}

// Costs in whole nanoseconds, as the machine's clock counts; messages of the same time whatever their size,
// so that members of a ring stay in step.
class WholeCosts : public Costs {
 public:
  ComputeCost Compute(const plan::Op& op, plan::DType real) const override {
    return {op.kind == plan::OpKind::kJoin ? 0 : ComputeNs(op, real), WorkClass::kCompute, 1};
  }
  MessageCost Message(plan::OpKind, int, bool) const override { return {kLatencyNs, 0, 0}; }
  double ComputeNs(const plan::Op& op, plan::DType real) const override {
    return std::round(WorkNs(op, real));
  }
  double CollectiveNs(const plan::Op& op, const plan::Program& program) const override {
    double rounds = 0;
    for (const plan::Round& round : plan::RoundsOf(op, program.groups, program.rank))
      rounds += std::max(round.send_count, round.recv_count) > 0 ? 1 : 0;
    return rounds * kLatencyNs;
  }
  double TransferNs(int64_t, int, int) const override { return kLatencyNs; }
};

TEST(Folded, IsTheMachineToTheNanosecondWhereReplicasDoTheSame) {
  std::mt19937_64 rng(4);
  const WholeCosts costs;
  int compared = 0;
  while (compared < 60) {
    plan::Layout layout = plan::DrawLayout(rng, {.max_ranks = 16, .seq_len = 32, .global_batch = 16});
    if (layout.zero >= 1 || layout.overlap) continue;
    SCOPED_TRACE(ToString(layout));
    const v1::Scenario scenario = plan::ScenarioOf(layout, compared % 2 == 0 ? "gpt2-nano" : "llama-nano");
    const auto programs = plan::Compile(scenario);
    if (!programs.ok()) continue;  // the layout is of another model
    const auto folded = SimulateFolded(*plan::Resolve(scenario), costs);
    ASSERT_TRUE(folded.ok()) << folded.status();
    EXPECT_EQ(folded->step_ns, static_cast<double>(MachineNs(*programs, costs)));
    ++compared;
  }
}

TEST(Folded, StragglersAreNotFolded) {
  v1::Scenario scenario = plan::ScenarioOf({.dp = 2});
  scenario.add_faults()->mutable_straggler()->set_factor(2);
  EXPECT_EQ(SimulateFolded(*plan::Resolve(scenario), Costs()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::sim
