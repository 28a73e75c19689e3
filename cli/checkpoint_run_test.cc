// `run --checkpoint-dir`, `--resume`, `--init-from`, `--corpus` and `checkpoint export` as scripts see them.
// Runs the binary.
#include <filesystem>

#include "cli/cli_fixture.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Scenario(const std::string& plan, int steps, const std::string& faults = "") {
  return fmt::format(
      "model: {{preset: gpt2-nano, vocab: 256}}\nplan: {{{}}}\nrun: {{steps: {}, warmup: 1, "
      "checkpoint_every: 3}}\n{}",
      plan, steps, faults);
}
constexpr char kDp2[] = "dp: 2, zero: 1, micro_batch: 2";

using CheckpointRunTest = CliTest;

TEST_F(CheckpointRunTest, ALostRankIsToldAndTheRunGoesOn) {
  const std::string killed =
      Write("killed.yaml", Scenario(kDp2, 7, "faults: [{kill_rank: {rank: 1, step: 5}}]\n"));
  const Result result =
      Ringside(fmt::format("run {} --checkpoint-dir {} --json {}", killed, Path("kept"), Path("run.json")));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("restarted   at step 3"), HasSubstr("rank 1"),
                                HasSubstr("checkpoints resumed at step 3")));
  const auto document = nlohmann::json::parse(ReadFile(Path("run.json")));
  EXPECT_EQ(document.at("loss").size(), 4u);  // of steps 3 to 6
  const nlohmann::json& restart = document.at("job").at("restarts").at(0);
  EXPECT_EQ(restart.at("from_step"), 3);
  EXPECT_LE(restart.at("lost_steps"), 2);

  const Result again = Ringside(fmt::format("run {} --checkpoint-dir {}", killed, Path("kept")));
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, AllOf(HasSubstr("step-00000006"), HasSubstr("--resume")));

  const std::string longer = Write("longer.yaml", Scenario("tp: 2, zero: 1, micro_batch: 4", 9));
  const Result resumed = Ringside(fmt::format("run {} --checkpoint-dir {} --resume --json {}", longer,
                                              Path("kept"), Path("resumed.json")));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(nlohmann::json::parse(ReadFile(Path("resumed.json"))).at("loss").size(), 3u);  // steps 6 to 8
  EXPECT_THAT(resumed.err + resumed.out, ::testing::Not(HasSubstr("restarted")));
}

TEST_F(CheckpointRunTest, WhatIsExportedIsBegunWith) {
  const std::string scenario = Write("one.yaml", Scenario(kDp2, 6));
  ASSERT_EQ(Ringside(fmt::format("run {} --checkpoint-dir {}", scenario, Path("kept"))).exit_code, 0);
  const Result exported =
      Ringside(fmt::format("checkpoint export {} {}", Path("kept"), Path("model.safetensors")));
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("after step 6"));
  const Result begun = Ringside(fmt::format("run {} --init-from {} --json {}", scenario,
                                            Path("model.safetensors"), Path("begun.json")));
  ASSERT_EQ(begun.exit_code, 0) << begun.err;
  const Result fresh = Ringside(fmt::format("run {} --json {}", scenario, Path("fresh.json")));
  ASSERT_EQ(fresh.exit_code, 0) << fresh.err;
  const auto first_loss = [this](const char* file) {
    return nlohmann::json::parse(ReadFile(Path(file))).at("loss").at(0).get<double>();
  };
  EXPECT_LT(first_loss("begun.json"), first_loss("fresh.json") - 0.1);
  EXPECT_EQ(Ringside("checkpoint export " + Path("none") + " " + Path("x")).exit_code, 2);
}

TEST_F(CheckpointRunTest, ATextIsTrainedOn) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("the {} of a text; ", i);
  const std::string corpus = Write("text.txt", text);
  const Result result =
      Ringside(fmt::format("run {} --corpus {}", Write("one.yaml", Scenario(kDp2, 4)), corpus));
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(CheckpointRunTest, WhatCannotBeIsBadInput) {
  const std::string scenario = Write("one.yaml", Scenario(kDp2, 4));
  const std::string plain = Write("plain.yaml", kTwoRanks);
  const std::string text = Write("short.txt", "too short");
  for (const auto& [arguments, expected] : std::initializer_list<std::pair<std::string, std::string>>{
           {scenario + " --resume", "--checkpoint-dir"},
           {scenario + " --resume --checkpoint-dir " + Path("none"), "no complete checkpoint"},
           {plain + " --checkpoint-dir " + Path("kept"), "run.checkpoint_every"},
           {scenario + " --init-from " + Path("none"), "none"},
           {scenario + " --corpus " + text, "too short"},
           {scenario + " --corpus " + text + " --coordinator 127.0.0.1:1", "--coordinator"}}) {
    const Result result = Ringside("run " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_THAT(result.err, HasSubstr(expected)) << arguments;
  }
}

}  // namespace
}  // namespace ringside::cli
