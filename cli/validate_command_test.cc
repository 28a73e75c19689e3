#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cli/command.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

std::string InTemp(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / name).string();
}

TEST(ValidateCommandTest, PredictsWhatItCanAndSaysWhyItRefusesTheRest) {
  const std::string table = InTemp("runs.csv"), json = InTemp("runs.json");
  std::ofstream(table)
      << "id,source_repo,source_note,model_name,params_b,layers,hidden,heads,kv_heads,ffn_hidden,vocab,"
         "seq_len,gpu,gpus,tp,pp,dp,zero_stage,micro_batch,global_batch_seqs,precision,recompute,"
         "attention,compile,measured_step_s,measured_tokens_per_s_per_gpu\n"
         "a-1,NVIDIA/Megatron-LM,\"a, \"\"b\"\"\",llama2-7b,6.738,32,4096,32,32,11008,32000,4096,H100-80GB,"
         "8,2,1,4,1,1,32,bf16,none,flash,no,1.0,16384\n"
         "a-2,x,,llama2-7b,6.738,32,4096,32,32,11008,32000,4096,abacus,8,2,1,4,1,1,32,bf16,none,flash,"
         "no,1.0,\n";
  ValidateOptions options;
  options.runs = table;
  options.json = json;
  ASSERT_EQ(Validate(options), kExitOk);
  const nlohmann::json document = nlohmann::json::parse(std::ifstream(json));
  ASSERT_EQ(document["rows"].size(), 2);
  const nlohmann::json& first = document["rows"][0];
  EXPECT_EQ(first["id"], "a-1");
  EXPECT_GT(first["predicted_step_s"], 0.5);
  EXPECT_LT(first["predicted_step_s"], 5);
  EXPECT_EQ(first["fits"], true);
  EXPECT_FALSE(first.contains("refused"));
  double causes = 0;
  for (const auto& cause : first["step_s_by_cause"]) causes += cause.get<double>();
  EXPECT_NEAR(causes, first["predicted_step_s"].get<double>(), 1e-9);
  EXPECT_NEAR(
      first["predicted_tokens_per_s_per_gpu"].get<double>() * 8 * first["predicted_step_s"].get<double>(),
      32 * 4096, 1e-3);
  EXPECT_EQ(document["rows"][1]["refused"], "gpu: abacus is not in the catalogue");
  EXPECT_EQ(document["summary"]["a"]["predicted"], 1);
  EXPECT_EQ(document["summary"]["a"]["refused"], 1);
}

TEST(ValidateCommandTest, LinksOfAFileTakeThePlaceOfTheCatalogues) {
  const std::string table = InTemp("linked.csv"), json = InTemp("linked.json"), links = InTemp("links.yaml");
  std::ofstream(table)
      << "id,source_repo,source_note,model_name,params_b,layers,hidden,heads,kv_heads,ffn_hidden,vocab,"
         "seq_len,gpu,gpus,tp,pp,dp,zero_stage,micro_batch,global_batch_seqs,precision,recompute,"
         "attention,compile,measured_step_s,measured_tokens_per_s_per_gpu\n"
         "a-1,NVIDIA/Megatron-LM,,llama2-7b,6.738,32,4096,32,32,11008,32000,4096,H100-80GB,"
         "8,8,1,1,1,1,32,bf16,none,flash,no,1.0,16384\n";
  std::ofstream(links) << "links:\n- name: nvlink4\n  source: a slow one\n  all_reduce: {gbps: 1}\n"
                          "  all_gather: {gbps: 1}\n  reduce_scatter: {gbps: 1}\n  all_to_all: {gbps: 1}\n"
                          "  point_to_point_gbps: 1\n  compute_slowdown: 1\n";
  ValidateOptions options;
  options.runs = table;
  options.json = json;
  const auto step_s = [&] {
    EXPECT_EQ(Validate(options), kExitOk);
    return nlohmann::json::parse(std::ifstream(json))["rows"][0]["predicted_step_s"].get<double>();
  };
  const double usual = step_s();
  options.links = links;
  EXPECT_GT(step_s(), 5 * usual);
  options.links = InTemp("nowhere.yaml");
  EXPECT_EQ(Validate(options), kExitBadInput);
}

TEST(ValidateCommandTest, BadInputIsExitTwo) {
  ValidateOptions options;
  options.runs = InTemp("nowhere.csv");
  EXPECT_EQ(Validate(options), kExitBadInput);
  options.runs = InTemp("torn.csv");
  std::ofstream(options.runs) << "id,gpu\nx\n";
  EXPECT_EQ(Validate(options), kExitBadInput);
}

}  // namespace
}  // namespace ringside::cli
