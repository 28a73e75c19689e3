// Searching and simulating on clusters of the catalogue, as scripts see it. Runs the binary.
#include <string>

#include "cli/cli_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kGpt[] = "model: {preset: gpt2-355m}\nplan: {precision: bf16}\ncluster: {device: a100}\n";

class SearchRunTest : public CliTest {};

TEST_F(SearchRunTest, TheBestPlanSimulatesToTheSameStep) {
  const std::string path = Write("gpt.yaml", kGpt);
  const Result found = Ringside("search " + path + " --ranks 8 --global-batch 16 --price 3 --top 3 --json -");
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const auto json = nlohmann::json::parse(found.out);
  const auto& best = json["plans"][0];
  EXPECT_TRUE(best["fits"].get<bool>());
  EXPECT_GT(best["cost_per_million_tokens"].get<double>(), 0);
  EXPECT_THAT(json["plans"][1]["reason"].get<std::string>(), HasSubstr("%"));
  EXPECT_THAT(json["evidence"].get<std::string>(),
              AllOf(HasSubstr("A100"), HasSubstr("nothing was measured here")));
  EXPECT_GT(json["counts"]["valid"].get<int>(), json["counts"]["simulated"].get<int>());
  // JSON is YAML.
  const std::string same =
      Write("best.yaml",
            "model: {preset: gpt2-355m}\ncluster: {device: a100}\nplan: " + best["plan"].dump() + "\n");
  const Result simulated = Ringside("simulate " + same + " --ranks 8 --json -");
  ASSERT_EQ(simulated.exit_code, 0) << simulated.err;
  const auto step = nlohmann::json::parse(simulated.out);
  EXPECT_DOUBLE_EQ(step["step_s_median"].get<double>(), best["step_s"].get<double>());
  EXPECT_EQ(step["peak_bytes"].get<int64_t>(), best["peak_bytes"].get<int64_t>());
}

TEST_F(SearchRunTest, AxesThatAreFixedStayFixed) {
  const std::string path = Write("gpt.yaml", kGpt);
  const Result found =
      Ringside("search " + path + " --cluster h100:8 --global-batch 16 --tp 4 --recompute full --json -");
  ASSERT_EQ(found.exit_code, 0) << found.err;
  for (const auto& plan : nlohmann::json::parse(found.out)["plans"]) {
    EXPECT_EQ(plan["plan"]["tp"], 4);
    EXPECT_EQ(plan["plan"]["recompute"], "full");
  }
}

TEST_F(SearchRunTest, BadInputNamesTheFlag) {
  const std::string path = Write("gpt.yaml", kGpt);
  EXPECT_THAT(Ringside("search " + path + " --global-batch 16").err, HasSubstr("how many devices"));
  EXPECT_THAT(Ringside("search " + path + " --ranks 8").err, HasSubstr("--global-batch"));
  const Result device = Ringside("search " + path + " --cluster abacus:8 --global-batch 8");
  EXPECT_EQ(device.exit_code, 2);
  EXPECT_THAT(device.err, HasSubstr("no such device"));
  EXPECT_EQ(Ringside("search " + path + " --ranks 8 --global-batch 16 --memory-gib 0.1").exit_code, 1);
}

TEST_F(SearchRunTest, APlanThatDoesNotFitIsSaid) {
  const std::string path = Write("big.yaml", "model: {preset: gpt3-175b}\nplan: {tp: 8, precision: bf16}\n");
  const Result result = Ringside("simulate " + path + " --cluster h100:8");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("DOES NOT FIT"));
}

TEST_F(SearchRunTest, OnThisMachineThePlansAreSimulatedRankByRank) {
  const std::string path = Write("here.yaml", kTwoRanks);
  const Result found = Ringside("search " + path + " --ranks 2 --json -");
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const auto json = nlohmann::json::parse(found.out);
  EXPECT_GE(json["plans"].size(), 3u);
  EXPECT_THAT(json["evidence"].get<std::string>(), HasSubstr("not calibrated"));
}

}  // namespace
}  // namespace ringside::cli
