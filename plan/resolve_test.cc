#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "plan/compile.h"

namespace ringside::plan {
namespace {

v1::Scenario Parse(const std::string& text) {
  v1::Scenario scenario;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &scenario)) << text;
  return scenario;
}

TEST(Resolve, FillsDefaultsAndPresets) {
  const auto r = Resolve(Parse("model { preset: 'gpt2-124m' seq_len: 64 } plan { micro_batch: 4 }"));
  ASSERT_TRUE(r.ok()) << r.status();
  EXPECT_EQ(r->layers, 12);
  EXPECT_EQ(r->seq_len, 64);
  EXPECT_EQ(r->tokens_per_step(), 256);
  EXPECT_EQ(r->scenario.run().optimizer().kind(), v1::OPTIMIZER_ADAMW);
  EXPECT_EQ(r->scenario.cluster().devices_per_node(), 1);
  EXPECT_EQ(NumParameters(*Resolve(Parse("model { preset: 'gpt2-124m' }"))),
            124439808);  // the published models'
  EXPECT_EQ(NumParameters(*Resolve(Parse("model { preset: 'llama2-7b' }"))), 6738415616);
  EXPECT_EQ(NumParameters(*Resolve(Parse("model { preset: 'llama3-8b' }"))), 8030261248);
  EXPECT_EQ(NumParameters(*Resolve(Parse("model { preset: 'mixtral-8x7b' }"))), 46702792704);
}

TEST(Resolve, RefusesWithFieldAndReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "model: missing"},
      {"model { preset: 'gpt9' }", "model.preset: no preset \"gpt9\""},
      {"model { layers: 2 hidden: 8 heads: 2 vocab: 9 }", "model.seq_len: missing"},
      {"model { preset: 'gpt2-tiny' heads: 3 }", "model.heads: 3 does not divide model.hidden = 256"},
      {"model { preset: 'gpt2-tiny' layers: -1 }", "model.layers: -1 is outside of"},
      {"model { preset: 'gpt2-tiny' } plan { tp: 3 }", "plan.tp: 3 does not divide model.heads = 4"},
      {"model { preset: 'gpt2-tiny' } plan { pp: 3 }", "plan.pp: 3 does not divide model.layers = 4"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 0 }", "plan.dp: 0 is outside of"},
      {"model { preset: 'gpt2-tiny' } plan { zero: 4 }", "plan.zero: 4 is outside of 0..3"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 4 zero: 1 zero_group: 3 }",
       "plan.zero_group: 3 does not divide"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 4 zero_group: 2 }", "plan.zero_group: needs plan.zero"},
      {"model { preset: 'gpt2-tiny' } plan { ep: 2 dp: 2 }", "plan.ep: the model has no experts"},
      {"model { preset: 'moe-tiny' } plan { ep: 2 dp: 3 }", "plan.ep: 2 does not divide plan.dp = 3"},
      {"model { preset: 'moe-tiny' capacity_factor: 1 } plan { cp: 2 }", "plan.cp: a capacity_factor"},
      {"model { preset: 'gpt2-tiny' seq_len: 66 } plan { cp: 2 }", "plan.cp: 2 * 2 does not divide"},
      {"model { preset: 'gpt2-tiny' seq_len: 33 } plan { tp: 2 sequence_parallel: true }",
       "plan.sequence_parallel: tp = 2 does not divide the 33 tokens"},
      {"model { preset: 'gpt2-tiny' } plan { schedule: SCHEDULE_INTERLEAVED }",
       "plan.schedule: interleaved needs pp"},
      {"model { preset: 'gpt2-tiny' } plan { pp: 2 interleave: 2 }",
       "plan.interleave: needs schedule: interleaved"},
      {"model { preset: 'gpt2-tiny' } plan { pp: 2 micro_batches: 3 schedule: SCHEDULE_INTERLEAVED }",
       "plan.pp: 2 does not divide plan.micro_batches = 3"},
      {"model { preset: 'llama-tiny' } plan { tp: 4 }", "plan.tp: 4 does not divide model.kv_heads = 2"},
      {"model { preset: 'llama-tiny' activation: ACTIVATION_RELU }", "model.activation: llama has SwiGLU"},
      {"model { preset: 'gpt2-tiny' kv_heads: 2 }", "model.kv_heads: gpt2 has as many as heads"},
      {"model { preset: 'gpt2-tiny' dropout: 1 }", "model.dropout: 1 is outside of [0, 1)"},
      {"model { preset: 'gpt2-tiny' experts: 1 }", "model.experts: 1 expert"},
      {"model { preset: 'gpt2-nano' vocab: 200 } run { data: DATA_CORPUS }",
       "run.data: a corpus is read byte by byte"},
      {"model { preset: 'gpt2-tiny' } run { optimizer { warmup_steps: 5 decay_steps: 5 } }",
       "run.optimizer.decay_steps: 5 is outside of"},
      {"model { preset: 'gpt2-tiny' } faults { straggler { rank: 0 factor: 1 } }",
       "faults[0].straggler.factor: 1"},
      {"model { preset: 'gpt2-tiny' } faults { defect { } }", "faults[0].defect.kind: missing"},
      {"model { preset: 'gpt2-tiny' } plan { bucket_mib: -1 }",
       "plan.bucket_mib: -1 is not a positive number"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 4 } cluster { nodes: 3 }",
       "cluster.nodes: 3 does not divide"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 4 } cluster { nodes: 1 devices_per_node: 2 }",
       "plan: dp * tp * pp * cp = 4 ranks"},
      {"model { preset: 'gpt2-tiny' } run { steps: 3 warmup: 3 }", "run.warmup: 3 is outside of"},
      {"model { preset: 'gpt2-tiny' } plan { precision: PRECISION_FP64 } run { kernels: KERNELS_FAST }",
       "run.kernels: plan.precision fp64"},
      {"model { preset: 'gpt2-tiny' } run { optimizer { lr: nan } }", "run.optimizer.lr"},
      {"model { preset: 'gpt2-tiny' } faults { kill_rank { rank: 1 step: 0 } }",
       "faults[0].kill_rank.rank: 1"},
      {"model { preset: 'gpt2-tiny' } faults { slow_link { node: 0 gbps: 1 } }",
       "slow_link needs cluster.nodes"},
      {"model { preset: 'gpt2-tiny' } faults { }", "faults[0]: empty"},
      {"model { preset: 'gpt2-tiny' } plan { zero_group: -5 }", "plan.zero_group: needs plan.zero"},
      {"model { preset: 'gpt2-tiny' experts_per_token: -2 }", "model.experts_per_token: there are no"},
      {"model { preset: 'gpt2-tiny' capacity_factor: 2 }", "model.capacity_factor: there are no"},
      {"model { preset: 'gpt2-tiny' aux_loss: 0.1 }", "model.aux_loss: there are no"},
      {"model { preset: 'gpt2-tiny' } faults { defect { kind: DEFECT_SAME_DATA } }",
       "faults[0].defect.kind: needs replicas"},
      {"model { preset: 'gpt2-tiny' dropout: 0.1 } faults { defect { kind: DEFECT_DROPOUT_IN_EVAL } }",
       "faults[0].defect.kind: dropout_in_eval needs"},
      {"model { preset: 'gpt2-tiny' } plan { dp: 2 } faults { defect { kind: DEFECT_BATCH_NORM_UNSYNCED } }",
       "faults[0].defect.kind: batch_norm_unsynced needs"},
      {"model { preset: 'gpt2-tiny' } faults { straggler { rank: 0 factor: 2 } } "
       "faults { straggler { rank: 0 factor: 3 } }",
       "faults[1]: faults[0] says the same of 0"},
      {"model { preset: 'gpt2-tiny' } run { optimizer { warmup_steps: 2147483647 } }",
       "run.optimizer.warmup_steps: 2147483647"},
      {"model { layers: 1 hidden: 1 heads: 1 vocab: 2 seq_len: 65536 } "
       "plan { dp: 1048576 micro_batch: 65536 micro_batches: 16384 }",
       "plan: dp * micro_batch * micro_batches"},
  };
  for (const auto& [text, expected] : cases) {
    const auto r = Resolve(Parse(text));
    ASSERT_FALSE(r.ok()) << text;
    EXPECT_EQ(r.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(r.status().message().find(expected), absl::string_view::npos) << text << ": " << r.status();
  }
}

TEST(Resolve, WhatIsResolvedStaysAsItIs) {
  for (const char* text :
       {"model { preset: 'gpt2-tiny' }", "model { preset: 'moe-tiny' } plan { dp: 4 ep: 2 zero: 3 }",
        "model { preset: 'llama-tiny' } plan { pp: 2 micro_batches: 2 schedule: SCHEDULE_INTERLEAVED }"}) {
    const auto once = Resolve(Parse(text));
    ASSERT_TRUE(once.ok()) << once.status();
    const auto twice = Resolve(once->scenario);
    ASSERT_TRUE(twice.ok()) << twice.status();
    EXPECT_EQ(twice->scenario.SerializeAsString(), once->scenario.SerializeAsString());
  }
}

// Their products go beyond 2^63.
TEST(Resolve, CountsWhatManyRanksDoWithLongSequences) {
  const auto r =
      Resolve(Parse("model { preset: 'llama3-405b' seq_len: 1048576 } plan { dp: 256 tp: 8 pp: 126 cp: 4 }"));
  ASSERT_TRUE(r.ok()) << r.status();
  // 6 N per token and 6 layers T (T + 1) C per sequence.
  const double t = 1048576, attention = 6.0 * 126 * t * (t + 1) * 16384 * 256;
  EXPECT_GT(ModelFlopsPerStep(*r), attention);
  EXPECT_LT(ModelFlopsPerStep(*r), 1.2 * attention);
}

TEST(Resolve, VocabularyNeedNotBeDivisible) {
  EXPECT_TRUE(Resolve(Parse("model { preset: 'gpt2-tiny' vocab: 1021 } plan { tp: 4 }")).ok());
}

}  // namespace
}  // namespace ringside::plan
