#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "evaluator/bank/testing.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

class BankCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "theory");
    std::filesystem::create_directories(folder_ / "curriculum");
    Write("curriculum/all.yaml", evaluator::testing::kSmallCurriculum);
    Write("theory/hills.yaml", evaluator::testing::kSmallTheory);
    options_.directory = folder_.string();
    options_.json = (folder_ / "out.json").string();
    options_.min_questions = 1;
    options_.quick = true;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string Read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  nlohmann::json Document() const { return nlohmann::json::parse(Read("out.json")); }

  std::filesystem::path folder_;
  BankOptions options_;
};

TEST_F(BankCommandTest, CheckSucceedsOnABankInOrder) {
  EXPECT_EQ(BankCheck(options_), kExitOk);
  EXPECT_EQ(Document()["errors"], 0);
  EXPECT_EQ(Document()["files"], 2);
}

TEST_F(BankCommandTest, CheckSaysWhereAndExitsWithTwo) {
  std::string broken = evaluator::testing::kSmallTheory;
  broken.replace(broken.find("[a, b, c, d]"), 12, "[a, b, c]");
  Write("theory/hills.yaml", broken);
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(BankCheck(options_), kExitBadInput);
  const std::string out = ::testing::internal::GetCapturedStdout();
  const auto finding = Document()["findings"][0];
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["file"], (folder_ / "theory/hills.yaml").string());
  const int line = finding["line"];
  std::istringstream lines(broken);
  std::string text;
  for (int i = 0; i < line; ++i) std::getline(lines, text);
  EXPECT_EQ(text, "    hints: [a, b, c]");
  EXPECT_NE(out.find("theory/hills.yaml:" + std::to_string(line) + ": why-steep.hints: has 3 hints"),
            std::string::npos)
      << out;
}

TEST_F(BankCommandTest, CheckGradesTheBanksOwnAnswersUnlessItIsToBeQuick) {
  // A prompt that gives the answer away leaves nothing to earn.
  std::string broken = evaluator::testing::kSmallTheory;
  broken.replace(broken.find("What is a slope?"), 16, "It is rise over run. It is negative downhill. Is it?");
  Write("theory/hills.yaml", broken);
  EXPECT_EQ(BankCheck(options_), kExitOk);
  options_.quick = false;
  EXPECT_EQ(BankCheck(options_), kExitBadInput);
  const std::string findings = Document()["findings"].dump();
  EXPECT_NE(findings.find("what-slope.points: its own full answer scores 0"), std::string::npos) << findings;
}

TEST_F(BankCommandTest, WarningsAreShownOnRequestAndAreNoErrors) {
  std::string sparse = evaluator::testing::kSmallTheory;
  const std::string two = "[Height divided by length., The tangent of the angle.]";
  sparse.replace(sparse.find(two), two.size(), "[Height divided by length.]");
  Write("theory/hills.yaml", sparse);
  for (const bool shown : {false, true}) {
    options_.warnings = shown;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(BankCheck(options_), kExitOk);
    const std::string out = ::testing::internal::GetCapturedStdout();
    EXPECT_EQ(out.find("1 other wordings") != std::string::npos, shown) << out;
    EXPECT_EQ(Document()["warnings"], 1);
  }
}

TEST_F(BankCommandTest, AFolderThatIsNoBankIsBadInput) {
  options_.directory = (folder_ / "theory").string();
  EXPECT_EQ(BankCheck(options_), kExitBadInput);
  EXPECT_EQ(BankList(options_), kExitBadInput);
}

TEST_F(BankCommandTest, ListFilters) {
  EXPECT_EQ(BankList(options_), kExitOk);
  EXPECT_EQ(Document().size(), 2);
  options_.level = "core";
  EXPECT_EQ(BankList(options_), kExitOk);
  ASSERT_EQ(Document().size(), 1);
  EXPECT_EQ(Document()[0]["id"], "why-steep");
  EXPECT_EQ(Document()[0]["kind"], "debugging");
  options_.kind = "concept";
  EXPECT_EQ(BankList(options_), kExitOk);
  EXPECT_EQ(Document().size(), 0);
  options_.kind = "poem";
  EXPECT_EQ(BankList(options_), kExitBadInput);
  options_.kind = "";
  options_.level = "9";
  EXPECT_EQ(BankList(options_), kExitBadInput);
}

TEST_F(BankCommandTest, ShowKeepsTheAnswerBackUntilItIsAskedFor) {
  options_.id = "what-slope";
  const auto shown = [&] {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(BankShow(options_), kExitOk);
    return ::testing::internal::GetCapturedStdout();
  };
  std::string out = shown();
  EXPECT_NE(out.find("What is a slope?"), std::string::npos);
  EXPECT_EQ(out.find("rise over run"), std::string::npos);
  EXPECT_EQ(out.find("Think of hills."), std::string::npos);
  options_.hints = 1;
  out = shown();
  EXPECT_NE(out.find("Hint 1: Think of hills."), std::string::npos);
  EXPECT_EQ(out.find("Think of a ratio."), std::string::npos);
  options_.answer = true;
  out = shown();
  EXPECT_NE(out.find("It is rise over run."), std::string::npos);
  EXPECT_NE(out.find("Often got wrong: A slope is always positive."), std::string::npos);
  EXPECT_NE(out.find("https://example.org"), std::string::npos);
  EXPECT_NE(out.find("/\\"), std::string::npos);
  options_.id = "nothing";
  EXPECT_EQ(BankShow(options_), kExitBadInput);
}

TEST_F(BankCommandTest, ExportWritesOneRowAQuestion) {
  options_.tsv = (folder_ / "bank.tsv").string();
  EXPECT_EQ(BankExport(options_), kExitOk);
  std::istringstream lines(Read("bank.tsv"));
  std::string header, first, second, more;
  std::getline(lines, header);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_FALSE(std::getline(lines, more));
  EXPECT_EQ(header.substr(0, header.find("\tscore")),
            "dataset\tsplit\tquestion_id\tquestion\treference_answer\tstudent_answer");
  const std::string answer = "It is rise over run. It is negative downhill.";
  EXPECT_EQ(first, "bank\tbank\twhat-slope\tWhat is a slope?\t" + answer + "\t" + answer + "\t1\t\t\t1\t\t");
  EXPECT_EQ(std::count(header.begin(), header.end(), '\t'), std::count(first.begin(), first.end(), '\t'));
}

TEST_F(BankCommandTest, PlansByPathCompanyAndLevel) {
  options_.path = "short";
  EXPECT_EQ(BankPlan(options_), kExitOk);
  EXPECT_EQ(Document()["stages"][1]["topics"][0], "descent");
  EXPECT_EQ(Document()["stages"][1]["questions"][0], "why-steep");
  options_.path = "";
  options_.company = "Peak";
  EXPECT_EQ(BankPlan(options_), kExitOk);
  EXPECT_EQ(Document()["stages"][0]["title"], "deep");
  options_.company = "";
  options_.plan_level = "mid";
  EXPECT_EQ(BankPlan(options_), kExitOk);
  options_.plan_level = "boss";
  EXPECT_EQ(BankPlan(options_), kExitBadInput);
}

TEST_F(BankCommandTest, AssessGivesSumBandOrderAndReviews) {
  options_.ratings = {3, 1};
  EXPECT_EQ(BankAssess(options_), kExitOk);
  const auto document = Document();
  EXPECT_EQ(document["sum"], 4);
  EXPECT_EQ(document["advice"], "Read.");
  EXPECT_EQ(document["weak"], (std::vector<std::string>{"slopes", "descent"}));
  EXPECT_EQ(document["reviews"][0]["question"], "what-slope");
  EXPECT_EQ(document["reviews"][0]["new"], true);
  options_.ratings = {3, 9};
  EXPECT_EQ(BankAssess(options_), kExitBadInput);
}

TEST_F(BankCommandTest, GuideShowsEverySectionAndNamesThemAll) {
  options_.directory = "";  // the program's own has something in each
  for (const char* section : {"topics", "cheat-sheet", "checklists", "companies", "levels", "rubric",
                              "traits", "advice", "reviews", "resources", "diagrams"}) {
    options_.section = section;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(BankGuide(options_), kExitOk) << section;
    EXPECT_GT(::testing::internal::GetCapturedStdout().size(), 300) << section;
  }
  options_.section = "gossip";
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(BankGuide(options_), kExitBadInput);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("cheat-sheet"), std::string::npos);
}

}  // namespace
}  // namespace ringside::cli
