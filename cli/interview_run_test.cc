// `ringside interview` and `ringside debug` as a candidate sees them. Runs the binary.
#include <filesystem>
#include <string>

#include "cli/cli_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kScript[] =
    "+90 say Backpropagation applies the chain rule from the loss backwards, because every weight needs its "
    "gradient.\n"
    "+30 hint\n"
    "+5 hint\n"
    "+60 say Gradients vanish since many small factors are multiplied; residual connections help.\n"
    "+20 end\n";

using InterviewRunTest = CliTest;

TEST_F(InterviewRunTest, ARecordedCandidateGivesTheSameEveryTime) {
  const std::string script = Write("a.script", kScript);
  const Result first =
      Ringside("interview --seed 3 --name Ada --script " + script + " --json a.json --html a.html");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("Scorecard of Ada"));
  EXPECT_THAT(first.out, HasSubstr("A nudge costs 10 %"));
  EXPECT_EQ(Ringside("interview --seed 3 --name Ada --script " + script).out, first.out);
  const auto card = nlohmann::json::parse(ReadFile(Path("a.json")));
  EXPECT_EQ(card["areas"].size(), 4u);
  EXPECT_EQ(card["strengths"].size(), 3u);
  EXPECT_EQ(card["hints"], 1);
  EXPECT_THAT(ReadFile(Path("a.html")), HasSubstr("</html>"));
}

TEST_F(InterviewRunTest, AnInterviewThatWasLeftGoesOn) {
  Write("first.txt", "The chain rule goes backwards because it must.\n\n/quit\n");
  Write("then.txt", "/hint\n/end\n");
  const Result left = Ringside("interview --seed 3 --name Ada --data-dir state <first.txt");
  ASSERT_EQ(left.exit_code, 0) << left.err;
  const size_t at = left.out.find("--resume ");
  ASSERT_NE(at, std::string::npos) << left.out;
  const std::string id = left.out.substr(at + 9, left.out.find('`', at) - at - 9);
  EXPECT_THAT(Ringside("interview --history --data-dir state").out, HasSubstr("open"));
  EXPECT_EQ(Ringside("interview --show " + id + " --data-dir state").exit_code, 1);
  const Result then = Ringside("interview --data-dir state --resume " + id + " <then.txt");
  ASSERT_EQ(then.exit_code, 0) << then.err;
  EXPECT_THAT(then.out, HasSubstr("Going on after"));
  EXPECT_THAT(then.out, HasSubstr("Scorecard of Ada"));
  const Result history = Ringside("interview --history --name Ada --data-dir state --json -");
  const auto document = nlohmann::json::parse(history.out);
  ASSERT_EQ(document.size(), 1u);
  EXPECT_EQ(document[0]["session"], id);
  EXPECT_EQ(document[0]["ended"], true);
}

TEST_F(InterviewRunTest, BadInputIsSaidAndIsExitTwo) {
  EXPECT_EQ(Ringside("interview --mode dance").exit_code, 2);
  EXPECT_THAT(Ringside("interview --topic cooking --data-dir state </dev/null").err,
              HasSubstr("no topic \"cooking\""));
  EXPECT_THAT(Ringside("interview --resume nobody --data-dir state").err, HasSubstr("no session \"nobody\""));
  EXPECT_THAT(Ringside("interview --focus gaps --name Eve --data-dir state").err,
              HasSubstr("no earlier interview"));
  EXPECT_THAT(Ringside("interview --script nothing.script").err, HasSubstr("cannot be read"));
  EXPECT_THAT(Ringside("interview --script " + Write("bad.script", "+1 sing\n")).err,
              HasSubstr("bad.script:1: no verb"));
}

TEST_F(InterviewRunTest, ARunIsDebuggedStepByStep) {
  const Result list = Ringside("debug --list");
  ASSERT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out, Not(HasSubstr("shuffled"))) << "the list gives nothing away";
  const std::string script =
      Write("d.script",
            "+5 say show me the loss curve\n+5 say labels\n+5 say one batch\n"
            "+60 say I think the labels do not belong to the images, because each image is paired "
            "with the label of another sample. The fix is to keep sample and label in one record.\n");
  const Result verdict = Ringside("debug shuffled-labels --json d.json --script " + script);
  ASSERT_EQ(verdict.exit_code, 0) << verdict.err;
  EXPECT_THAT(verdict.out, HasSubstr("label given"));
  EXPECT_THAT(verdict.out, HasSubstr("the mended run (measured"));
  const auto json = nlohmann::json::parse(ReadFile(Path("d.json")));
  EXPECT_EQ(json["requests"].size(), 3u);
  EXPECT_GT(json["score"], 0.7);
  EXPECT_EQ(Ringside("debug 99").exit_code, 2);
}

}  // namespace
}  // namespace ringside::cli
