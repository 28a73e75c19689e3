#include "sim/analytic/published_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/analytic/validation.h"
#include "sim/catalogue/catalogue.h"

namespace ringside::sim::analytic {
namespace {

using ::testing::HasSubstr;

CsvRow RowWith(std::initializer_list<std::pair<std::string, std::string>> changes = {}) {
  CsvRow row;
  row.cells = {{"id", "x-1"},
               {"source_repo", "NVIDIA/Megatron-LM"},
               {"source_note", ""},
               {"model_name", "llama2-7b"},
               {"params_b", "6.738"},
               {"layers", "32"},
               {"hidden", "4096"},
               {"heads", "32"},
               {"kv_heads", "32"},
               {"ffn_hidden", "11008"},
               {"vocab", "32000"},
               {"seq_len", "4096"},
               {"gpu", "H100-80GB"},
               {"gpus", "16"},
               {"tp", "2"},
               {"pp", "1"},
               {"dp", "8"},
               {"zero_stage", "1"},
               {"micro_batch", "1"},
               {"global_batch_seqs", "64"},
               {"precision", "bf16"},
               {"recompute", "none"},
               {"attention", "flash"},
               {"compile", "no"}};
  for (const auto& [key, value] : changes) row.cells[key] = value;
  return row;
}

std::string Refusal(std::initializer_list<std::pair<std::string, std::string>> changes) {
  return std::string(ProblemOfRun(BuiltInCatalogue(), RowWith(changes)).status().message());
}

TEST(PublishedRunTest, ReadsShapePlanAndStack) {
  const auto problem = ProblemOfRun(BuiltInCatalogue(), RowWith());
  ASSERT_TRUE(problem.ok()) << problem.status();
  EXPECT_EQ(problem->stack->name(), "megatron_te");
  EXPECT_TRUE(problem->model.gated);  // by the parameter count
  EXPECT_FALSE(problem->model.tied);
  EXPECT_EQ(problem->plan.micro_batches(), 8);
  EXPECT_TRUE(problem->plan.sequence_parallel);
}

TEST(PublishedRunTest, AnUngatedModelIsFoundByItsParameters) {
  const auto problem = ProblemOfRun(BuiltInCatalogue(), RowWith({{"model_name", "gpt3-5b"},
                                                                 {"params_b", "5.042"},
                                                                 {"layers", "24"},
                                                                 {"ffn_hidden", "16384"},
                                                                 {"vocab", "50304"}}));
  ASSERT_TRUE(problem.ok());
  EXPECT_FALSE(problem->model.gated);
  EXPECT_TRUE(problem->model.tied);
}

TEST(PublishedRunTest, NameAndNoteDecideWhereParametersCannot) {
  // 16 ungated layers and two embeddings, or 16 gated ones and one: the same count.
  const std::initializer_list<std::pair<std::string, std::string>> shape = {{"params_b", "1.342"},
                                                                            {"layers", "16"},
                                                                            {"hidden", "2048"},
                                                                            {"ffn_hidden", "8192"},
                                                                            {"vocab", "131072"}};
  CsvRow row = RowWith(shape);
  row.cells["model_name"] = "nanotron-llama-1b";
  auto problem = ProblemOfRun(BuiltInCatalogue(), row);
  ASSERT_TRUE(problem.ok());
  EXPECT_TRUE(problem->model.gated);
  EXPECT_TRUE(problem->model.tied);
  row.cells["model_name"] = "x";
  row.cells["source_note"] = "untied embeddings";
  problem = ProblemOfRun(BuiltInCatalogue(), row);
  ASSERT_TRUE(problem.ok());
  EXPECT_FALSE(problem->model.tied);
  EXPECT_FALSE(problem->model.gated);
}

TEST(PublishedRunTest, TheNoteTellsReleaseDispatcherAndGraphs) {
  const auto plan = [](const std::string& note) {
    const auto problem = ProblemOfRun(
        BuiltInCatalogue(), RowWith({{"source_repo", "NVIDIA-NeMo/Megatron-Bridge"},
                                     {"model_name", "some-moe"},
                                     {"source_note", "MoE: 64 experts top-8, expert_ffn 768; " + note}}));
    EXPECT_TRUE(problem.ok()) << problem.status();
    return problem->plan;
  };
  EXPECT_NEAR(plan("container 26.06; MXFP8").release_years, 0.5, 1e-9);
  EXPECT_EQ(plan("").release_years, 0);
  EXPECT_TRUE(plan("container 26.02; (config X)").sizes_on_host);
  EXPECT_FALSE(plan("container 26.02; dispatcher hybridep (config X)").sizes_on_host);
  EXPECT_FALSE(plan("container 25.09; token-drop MoE").sizes_on_host);
  EXPECT_TRUE(plan("container 26.06; MXFP8 (config X)").fused_experts);
  EXPECT_FALSE(plan("container 26.04; MXFP8 (config X)").fused_experts);
  EXPECT_EQ(plan("container 26.06; MXFP8").graphed_share, 1);  // as the configurations of that release
  EXPECT_EQ(plan("container 26.04; MXFP8").graphed_share, 0);
}

TEST(PublishedRunTest, MegatronOf2022HadNoFusedAttention) {
  auto problem =
      ProblemOfRun(BuiltInCatalogue(),
                   RowWith({{"source_repo", "NVIDIA/NeMo-Framework-Launcher"}, {"attention", "unknown"}}));
  ASSERT_TRUE(problem.ok());
  EXPECT_FALSE(problem->plan.fused_attention);
  problem = ProblemOfRun(BuiltInCatalogue(),
                         RowWith({{"source_repo", "pytorch/torchtitan"}, {"attention", "unknown"}}));
  ASSERT_TRUE(problem.ok());
  EXPECT_TRUE(problem->plan.fused_attention);
}

TEST(PublishedRunTest, ATableOfSingleNodeStepsIsReadAsRuns) {
  CsvRow row;
  row.cells = {{"case", "c"},
               {"model", "llama3_70b"},
               {"layers", "12"},
               {"gpus", "8"},
               {"tp", "2"},
               {"pp", "1"},
               {"dp", "4"},
               {"micro_batch", "1"},
               {"seq_len", "4096"},
               {"micro_batches", "8"},
               {"zero_stage", "1"},
               {"precision", "bf16"},
               {"recompute", "none"},
               {"measured_step_s", "1.387"},
               {"measured_alloc_gib", "60.68"}};
  const auto runs = PredictRuns(BuiltInCatalogue(), {row});
  ASSERT_EQ(runs[0].refused, "");
  EXPECT_EQ(runs[0].stack, "megatron_te");
  EXPECT_NEAR(runs[0].measured_step_s, 1.387, 1e-3);
  EXPECT_LT(runs[0].StepError(), 0.12);
  EXPECT_LT(std::abs(runs[0].MemoryError()), 0.005);
}

TEST(PublishedRunTest, ExpertsComeFromTheNote) {
  const auto problem = ProblemOfRun(
      BuiltInCatalogue(),
      RowWith({{"model_name", "some-moe"},
               {"source_note",
                "MoE: 256 experts top-8, expert_ffn 2048, 1 shared expert(2048), first 3 layers dense(ffn "
                "18432); MLA attention kv_lora 512 q_lora 1536; EP a2a overlap; recompute modules ['mlp']"},
               {"recompute", "selective"}}));
  ASSERT_TRUE(problem.ok()) << problem.status();
  EXPECT_EQ(problem->model.experts, 256);
  EXPECT_EQ(problem->model.experts_per_token, 8);
  EXPECT_EQ(problem->model.shared_ffn, 2048);
  EXPECT_EQ(problem->model.dense_layers, 3);
  EXPECT_TRUE(problem->model.latent.on());
  EXPECT_TRUE(problem->plan.expert_overlap);
  EXPECT_EQ(problem->plan.recompute, Recompute::kElementwise);
}

TEST(PublishedRunTest, SaysWhyItRefuses) {
  EXPECT_THAT(Refusal({{"gpu", "TPUv5"}}), HasSubstr("gpu: TPUv5"));
  EXPECT_THAT(Refusal({{"gpus", "17"}}), HasSubstr("17 is not tp 2"));
  EXPECT_THAT(Refusal({{"seq_len", "many"}}), HasSubstr("seq_len: \"many\""));
  EXPECT_THAT(Refusal({{"tp", "0"}}), HasSubstr("tp: 0"));
  EXPECT_THAT(Refusal({{"layers", ""}}), HasSubstr("layers"));
  EXPECT_THAT(Refusal({{"model_name", "x-moe"}}), HasSubstr("experts"));
  EXPECT_THAT(Refusal({{"model_name", "x-mamba"}}), HasSubstr("state-space"));
  EXPECT_THAT(Refusal({{"precision", "int8"}}), HasSubstr("precision"));
}

TEST(PublishedRunTest, NoMeasuredColumnIsRead) {
  const auto plain = PredictRuns(BuiltInCatalogue(), {RowWith()});
  const auto measured = PredictRuns(
      BuiltInCatalogue(),
      {RowWith({{"measured_step_s", "1"}, {"measured_tokens_per_s_per_gpu", "9"}, {"measured_mfu", "1"}})});
  EXPECT_EQ(plain[0].estimate.step_s, measured[0].estimate.step_s);
}

TEST(ValidationTest, SummarizesErrorsRefusalsAndFits) {
  std::vector<RunPrediction> runs(4);
  for (int i = 0; i < 4; ++i) {
    runs[i].source = "a", runs[i].group = "g", runs[i].estimate.step_s = i + 1.0;
    runs[i].evidence.spread = 0.1;
  }
  runs[0].measured_step_s = 2, runs[0].ran = true;  // error 0.5
  runs[1].measured_step_s = 2, runs[1].ran = true;  // 0
  runs[2].refused = "no";
  runs[3].estimate.fits = false;  // did not run
  const SourceSummary summary = Summarize(runs)[0];
  EXPECT_EQ(summary.predicted, 3);
  EXPECT_EQ(summary.refused, 1);
  EXPECT_NEAR(summary.median_error, 0.25, 1e-12);
  EXPECT_EQ(summary.in_band, 0.5);
  EXPECT_EQ(summary.ran_fits, 2);
  EXPECT_EQ(summary.failed_fails, 1);
}

TEST(ValidationTest, SpearmanIsOfRanks) {
  EXPECT_NEAR(Spearman({1, 2, 3}, {10, 100, 1000}), 1, 1e-12);
  EXPECT_NEAR(Spearman({1, 2, 3}, {3, 2, 1}), -1, 1e-12);
  EXPECT_EQ(Spearman({1, 1}, {1, 2}), 0);
}

}  // namespace
}  // namespace ringside::sim::analytic
