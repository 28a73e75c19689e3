// The command line as scripts see it: exit codes, one line for an error, what goes to which stream. Runs the
// binary.
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/cli_fixture.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CliTest, HelpSucceedsAndNonsenseIsBadInput) {
  EXPECT_EQ(Ringside("--help").exit_code, 0);
  EXPECT_EQ(Ringside("run --help").exit_code, 0);
  EXPECT_EQ(Ringside("").exit_code, 2);
  EXPECT_EQ(Ringside("dance").exit_code, 2);
  EXPECT_EQ(Ringside("run").exit_code, 2);
}

TEST_F(CliTest, ABadScenarioIsOneLineWithFileFieldAndReason) {
  const std::string path = Write("bad.yaml", "model: {preset: gpt2-nano}\nplan:\n  tp: 3\n");
  for (const char* command : {"run", "simulate"}) {
    const Result result = Ringside(fmt::format("{} {}", command, path));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, AllOf(HasSubstr(path + ":3: plan.tp: 3 does not divide model.heads = 4")));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST_F(CliTest, ANumberOutOfRangeIsOneReadableLine) {
  const std::string scenario = Write("two.yaml", kTwoRanks);
  for (const char* ranks : {"0", "-1", "99999999999"}) {
    const Result result = Ringside(fmt::format("simulate {} --ranks {}", scenario, ranks));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_LT(result.err.size(), 200u) << result.err;
  }
}

TEST_F(CliTest, ANameIsNoTerminalCommand) {
  const Result result =
      Ringside("simulate " + Write("esc.yaml", std::string("name: \"a\\e[2Jb\"\n") + kTwoRanks));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("a?[2Jb: 2 ranks"));
  EXPECT_THAT(result.out + result.err, ::testing::Not(HasSubstr("\x1b")));
}

TEST_F(CliTest, ACoordinatorThatIsNotThereIsNamed) {
  const std::string scenario = Write("two.yaml", kTwoRanks);
  const Result bogus = Ringside("run " + scenario + " --coordinator bogus");
  EXPECT_EQ(bogus.exit_code, 2);
  EXPECT_THAT(bogus.err, HasSubstr("--coordinator: \"bogus\" is not HOST:PORT"));
  for (const char* command : {"jobs", "jobs show j1", "jobs cancel j1", "jobs fetch j1"}) {
    const Result result =
        Ringside(fmt::format("{} --coordinator 127.0.0.1:1", command));  // nobody listens there
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr("coordinator 127.0.0.1:1: nothing listens there"),
                                  HasSubstr("ringside serve")));
  }
}

TEST_F(CliTest, AProfileThatIsNotThereIsBadInput) {
  const std::string scenario = Write("two.yaml", kTwoRanks);
  const Result result = Ringside(fmt::format("simulate {} --profile {}", scenario, Path("none.yaml")));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("none.yaml"));
}

TEST_F(CliTest, SimulateSaysThatAPlanDoesNotFit) {
  const std::string scenario =
      Write("tight.yaml", "model: {preset: gpt2-nano}\ncluster: {memory_mib: 1}\nrun: {steps: 3}\n");
  const Result result = Ringside(fmt::format("simulate {} --json {}", scenario, Path("tight.json")));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("DOES NOT FIT, a run would fail: rank 0 needs"));
  const auto document = nlohmann::json::parse(ReadFile(Path("tight.json")));
  EXPECT_FALSE(document["fits"].get<bool>());
  EXPECT_EQ(document["limit_bytes"], 1 << 20);
}

TEST_F(CliTest, AProfileOfAnotherVersionIsNotUsed) {
  const std::string scenario = Write("one.yaml", "model: {preset: gpt2-nano}\nrun: {steps: 3}\n");
  const std::string profile = Write("old.yaml", "name: old\ncores_per_node: 2\n");
  const Result asked = Ringside(fmt::format("simulate {} --profile {}", scenario, profile));
  EXPECT_EQ(asked.exit_code, 2);
  EXPECT_THAT(asked.err, HasSubstr("a profile of version 0"));
  std::filesystem::create_directories(Path("cache/ringside"));
  std::filesystem::copy(profile, Path("cache/ringside/local-cpu.yaml"));
  const Result found = Ringside("simulate " + scenario);
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("was made by another version: run `ringside calibrate`"));
}

TEST_F(CliTest, SimulateGivesStdoutToTheJsonAlone) {
  const Result result = Ringside("simulate " + Write("two.yaml", kTwoRanks) + " --json -");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json document = nlohmann::json::parse(result.out);
  EXPECT_GT(document.at("step_s_median"), 0);
  EXPECT_GT(document.at("tokens_per_s"), 0);
  ASSERT_EQ(document.at("ranks").size(), 2u);
  EXPECT_GT(document["ranks"][1].at("peak_bytes").at("total"), 0);
  EXPECT_GT(document["ranks"][1].at("sent_bytes").at("all_reduce/dp"), 0);
}

TEST_F(CliTest, OutputThatCannotBeWrittenIsAFailure) {
  const std::string scenario = Write("two.yaml", kTwoRanks);
  for (const char* arguments : {"simulate {}", "simulate {} --json -"}) {
    const int status =
        std::system(fmt::format("cd {0} && TMPDIR={0} {1} {2} >/dev/full 2>{0}/err.txt", directory_.string(),
                                RINGSIDE_BINARY, fmt::format(fmt::runtime(arguments), scenario))
                        .c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_THAT(ReadFile(Path("err.txt")),
                HasSubstr("ringside: standard output cannot be written: No space"));
  }
}

TEST_F(CliTest, JsonGoesThroughALinkAndThroughAPipe) {
  const std::string scenario = Write("two.yaml", kTwoRanks);
  std::filesystem::create_symlink("target.json", Path("link.json"));
  ASSERT_EQ(Ringside(fmt::format("simulate {} --json {}", scenario, Path("link.json"))).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link.json")));
  EXPECT_TRUE(nlohmann::json::parse(ReadFile(Path("target.json"))).contains("step_s_median"));

  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const Result piped = Ringside(fmt::format("simulate {0} --json {1} >/dev/null & cat {1} >{2}; wait; true",
                                            scenario, Path("pipe"), Path("piped.json")));
  EXPECT_TRUE(std::filesystem::is_fifo(Path("pipe")));
  EXPECT_TRUE(nlohmann::json::parse(ReadFile(Path("piped.json"))).contains("step_s_median")) << piped.err;
}

TEST_F(CliTest, RunMeasuresPredictsAndLeavesATraceAndNothingElse) {
  const Result result = Ringside("run " + Write("two.yaml", kTwoRanks) + " --out " + Path("trace") +
                                 " --json " + Path("run.json"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("two: 2 ranks, measured over 3 steps"));
  const nlohmann::json document = nlohmann::json::parse(ReadFile(Path("run.json")));
  EXPECT_EQ(document.at("origin"), "measured");
  EXPECT_EQ(document.at("loss").size(), 4u);
  EXPECT_TRUE(document["loss"][3].is_number());
  const nlohmann::json& predicted = document.at("predicted");
  EXPECT_EQ(predicted.at("origin"), "simulated");
  EXPECT_GT(predicted.at("step_s_median"), 0);
  for (int rank = 0; rank < 2; ++rank) {
    EXPECT_EQ(document["ranks"][rank].at("peak_bytes"), predicted["ranks"][rank].at("peak_bytes"));
    EXPECT_EQ(document["ranks"][rank].at("sent_bytes"), predicted["ranks"][rank].at("sent_bytes"));
  }
  EXPECT_TRUE(std::filesystem::exists(Path("trace/trace.json")));
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::StartsWith("ringside-")))
        << "left behind";
  }

  const Result summary = Ringside("trace summary " + Path("trace") + " --json -");
  ASSERT_EQ(summary.exit_code, 0) << summary.err;
  EXPECT_EQ(nlohmann::json::parse(summary.out).at("step_s_median"), document.at("step_s_median"));
  EXPECT_EQ(Ringside(fmt::format("trace export {} --out {}", Path("trace"), Path("chrome.json"))).exit_code,
            0);
  EXPECT_TRUE(nlohmann::json::parse(ReadFile(Path("chrome.json"))).contains("traceEvents"));
}

TEST_F(CliTest, AJobThatFailsNamesRankAndStep) {
  const std::string scenario =
      Write("killed.yaml", std::string(kTwoRanks) + "faults: [{kill_rank: {rank: 1, step: 2}}]\n");
  const Result result = Ringside("run " + scenario);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("job killed failed"), HasSubstr("rank 1")));
}

TEST_F(CliTest, AMalformedAnswerIsNamedAndTheOthersAreGraded) {
  const std::string question = Write("question.yaml",
                                     "id: two\nprompt: Two ranks.\nmodel: {preset: gpt2-nano}\n"
                                     "cluster: {nodes: 1, devices_per_node: 2, device: local-cpu}\n"
                                     "run: {steps: 4, warmup: 1}\nconstraints: {global_batch: 4}\n");
  const std::string good =
      Write("good.yaml",
            "question: two\ncandidate: Ada\nplan: {dp: 2, micro_batch: 2}\n"
            "predictions: {tokens_per_s: 1000, peak_memory_mib: 4, bottleneck: compute}\n");
  const std::string unknown_key = Write("unknown-key.yaml", "question: two\nplan: {dpp: 2}\n");
  const std::string negative =
      Write("negative.yaml", "plan: {dp: 2, micro_batch: 2}\npredictions:\n  tokens_per_s: -5\n");
  const std::string planless = Write("planless.yaml", "question: two\ncandidate: Eve\n");
  const std::string elsewhere = Write("elsewhere.yaml", "plan: {dp: 2}\nquestion: three\n");
  const Result result = Ringside(fmt::format("grade {} {} {} {} {} --question {} --json -", unknown_key, good,
                                             negative, planless, elsewhere, question));
  EXPECT_EQ(result.exit_code, 2);
  for (const std::string& line :
       {unknown_key + ":2:8: plan.dpp: ", negative + ":3: predictions.tokens_per_s: -5 is not",
        planless + ":1: plan: is missing", elsewhere + ":2: question: is for \"three\""}) {
    EXPECT_THAT(result.err, HasSubstr("\nringside: " + line));
  }
  const nlohmann::json document = nlohmann::json::parse(result.out);
  ASSERT_EQ(document.at("scorecards").size(), 5u);
  EXPECT_EQ(document["scorecards"][0].at("candidate"), "Ada");
  EXPECT_EQ(document["scorecards"][0].at("basis"), "measured");
  for (int i = 1; i < 5; ++i) EXPECT_TRUE(document["scorecards"][i].contains("error")) << i;
  EXPECT_EQ(document["scorecards"][1].at("candidate"), "Eve");
}

TEST_F(CliTest, DoctorSaysWhatWorks) {
  const Result result = Ringside("doctor --json -");
  const nlohmann::json document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document.at("checks").size(), 12u);
  for (const nlohmann::json& check : document["checks"]) {
    EXPECT_TRUE(check.at("works").get<bool>() || !check.at("cost").get<std::string>().empty()) << check;
  }
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
}  // namespace ringside::cli
