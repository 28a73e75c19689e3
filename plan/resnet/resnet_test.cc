#include <gtest/gtest.h>

#include "plan/compile.h"
#include "plan/resnet/tensors.h"
#include "plan/testing.h"

namespace ringside::plan {
namespace {

Resolved MustResolve(const v1::Scenario& scenario) {
  auto r = Resolve(scenario);
  EXPECT_TRUE(r.ok()) << r.status();
  return *std::move(r);
}

TEST(Resnet, ShapesHalveAndDoubleAfterEachThird) {
  v1::Scenario scenario = ScenarioOf({}, "resnet-nano");
  scenario.mutable_model()->set_layers(6), scenario.mutable_model()->set_seq_len(9);
  const ResnetTensors net = ResnetTensorsOf(MustResolve(scenario));
  ASSERT_EQ(net.blocks.size(), 6u);
  const int64_t sides[] = {9, 9, 5, 5, 3, 3}, widths[] = {8, 8, 16, 16, 32, 32};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(net.blocks[i].second.side, sides[i]) << i;
    EXPECT_EQ(net.blocks[i].second.out, widths[i]) << i;
    EXPECT_EQ(net.blocks[i].projects(), i == 2 || i == 4) << i;
  }
  EXPECT_EQ(net.head_side, 3);
  EXPECT_EQ(net.head_in, 32);
}

TEST(Resnet, CountsParametersAndFlops) {
  // By hand, 3 blocks of 8, 16, 32 channels: stem 27 * 8 + 16; blocks 72 * 8 * 2 + 32; 72 * 16 + 144 * 16 +
  // 64 and a skip of 8 * 16 + 32; 144 * 32 + 288 * 32 + 128 and 16 * 32 + 64; head 32 * 10 + 10.
  v1::Scenario scenario = ScenarioOf({.dp = 2, .micro_batch = 2, .micro_batches = 2}, "resnet-nano");
  const Resolved r = MustResolve(scenario);
  EXPECT_EQ(NumParameters(r), 232 + 1184 + 3520 + 160 + 13952 + 576 + 330);
  EXPECT_EQ(r.tokens_per_step(), 8);  // images
  int64_t products = 0;
  const auto programs = Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  for (const Program& program : *programs) {
    EXPECT_EQ(program.tokens_per_step, 8);
    for (const Op& op : program.ops) {
      if (op.kind == OpKind::kGemm) products += 2 * op.dims[0] * op.dims[1] * op.dims[2];
    }
  }
  EXPECT_EQ(products, ModelFlopsPerStep(r));
}

TEST(Resnet, SumsOfAllReplicasTwiceANorm) {
  for (const bool sync : {true, false}) {
    v1::Scenario scenario = ScenarioOf({.dp = 4, .micro_batches = 3}, "resnet-nano");
    scenario.mutable_plan()->set_sync_batch_norm(sync);
    const auto programs = Compile(scenario);
    ASSERT_TRUE(programs.ok()) << programs.status();
    int sums = 0;
    for (const Op& op : programs->front().ops) sums += op.stream == Stream::kCp ? 1 : 0;
    EXPECT_EQ(sums, sync ? 3 * 2 * (1 + 6 + 2) : 0);  // 3 micro-batches; stem, blocks, skips
  }
}

TEST(Resnet, IsDataParallelOnly) {
  const std::pair<void (*)(v1::Scenario*), const char*> cases[] = {
      {[](v1::Scenario* s) { s->mutable_plan()->set_tp(2); }, "plan.tp: is 2, but a resnet is data parallel"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_pp(3); }, "plan.pp: is 3"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_cp(2); }, "plan.cp: is 2"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_ep(2); }, "plan.ep: is 2"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_sequence_parallel(true); }, "plan.sequence_parallel"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_recompute(v1::RECOMPUTE_FULL); }, "plan.recompute"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_schedule(v1::SCHEDULE_ZERO_BUBBLE); }, "plan.schedule"},
      {[](v1::Scenario* s) { s->mutable_plan()->set_schedule(v1::SCHEDULE_INTERLEAVED); }, "plan.schedule"},
      {[](v1::Scenario* s) { s->mutable_model()->set_dropout(0.1); }, "model.dropout"},
      {[](v1::Scenario* s) { s->mutable_model()->set_experts(2); }, "model.experts"},
      {[](v1::Scenario* s) { s->mutable_model()->set_activation(v1::ACTIVATION_GELU); }, "model.activation"},
      {[](v1::Scenario* s) { s->mutable_model()->set_seq_len(1 << 20); }, "model.seq_len"},
      {[](v1::Scenario* s) { s->mutable_run()->set_data(v1::DATA_CORPUS); }, "run.data"},
  };
  for (const auto& [change, expected] : cases) {
    v1::Scenario scenario = ScenarioOf({}, "resnet-nano");
    scenario.mutable_plan()->clear_schedule(), scenario.mutable_plan()->clear_interleave();
    change(&scenario);
    const auto r = Resolve(scenario);
    ASSERT_FALSE(r.ok()) << expected;
    EXPECT_NE(r.status().message().find(expected), absl::string_view::npos) << r.status();
  }
}

TEST(Resnet, WhatIsResolvedStaysAsItIs) {
  const Resolved once = MustResolve(ScenarioOf({.dp = 4, .zero = 2}, "resnet-tiny"));
  EXPECT_EQ(MustResolve(once.scenario).scenario.SerializeAsString(), once.scenario.SerializeAsString());
}

}  // namespace
}  // namespace ringside::plan
