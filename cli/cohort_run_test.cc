// `ringside grade COHORT` as a person uses it: killed and gone on with, shared out, graded again.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "cli/cli_fixture.h"
#include "cli/command.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/store.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {
namespace {

using testing::HasSubstr;

class CohortRunTest : public CliTest {
 protected:
  // `count` answers, each some points of one of ten questions of the bank.
  std::string WriteCohort(int count, const std::string& extra = "") {
    const auto& questions = evaluator::EmbeddedBank().theory();
    std::string csv = "id,question,candidate,answer\n";
    for (int i = 0; i < count; ++i) {
      const v1::TheoryQuestion& question = questions[i % 10];
      std::string text;
      for (int p = 0; p < question.points_size(); ++p) {
        if ((i / 10 + p) % 3 != 0) absl::StrAppend(&text, question.points(p).text(), " ");
      }
      std::string quoted;
      for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
      absl::StrAppend(&csv, "a", i, ",", question.id(), ",person ", i / 10, ",\"", quoted, "\"\n");
    }
    return Write("cohort.csv", csv + extra);
  }

  std::map<std::string, double> Scores(const std::string& folder) const {
    std::map<std::string, double> scores;
    auto store = cohort::CohortStore::Open(Path(folder) + "/cohort.sqlite");
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(store
                    ->ForEachGrade([&](const v1::CohortGrade& grade) {
                      EXPECT_TRUE(scores.emplace(grade.id(), grade.score()).second) << grade.id();
                      return absl::OkStatus();
                    })
                    .ok());
    return scores;
  }

  // Starts it and kills it with SIGKILL once `graded` grades are kept. False: it ended before.
  bool KillAfter(int64_t graded, const std::vector<std::string>& arguments, const std::string& folder) const {
    const pid_t child = fork();
    if (child == 0) {
      const std::string out = Path("killed.txt");
      if (freopen(out.c_str(), "w", stdout) == nullptr || freopen(out.c_str(), "w", stderr) == nullptr)
        _exit(126);
      std::vector<char*> argv = {const_cast<char*>("ringside")};
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      execv(RINGSIDE_BINARY, argv.data());
      _exit(127);
    }
    const std::string path = Path(folder) + "/cohort.sqlite";
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (!std::filesystem::exists(path)) continue;
      const auto store = cohort::CohortStore::Open(path);
      const auto there = store.ok() ? store->NumGraded() : store.status();
      if (!there.ok() || *there < graded) continue;
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return WIFSIGNALED(status);
    }
    return false;
  }
};

TEST_F(CohortRunTest, KilledAgainAndAgainItEndsAsIfItHadNotBeen) {
  const std::string cohort = WriteCohort(2000);
  ASSERT_EQ(Ringside("grade cohort.csv --out whole --workers 0").exit_code, kExitOk);
  int killed = 0;
  for (const int64_t graded : {1, 300, 700, 1200}) {
    std::vector<std::string> arguments = {"grade", cohort, "--out", Path("parts"), "--workers", "1"};
    if (killed > 0) arguments.push_back("--resume");
    if (!KillAfter(graded, arguments, "parts")) break;
    ++killed;
  }
  EXPECT_GE(killed, 2);
  const Result rest = Ringside("grade cohort.csv --out parts --resume --workers 1");
  EXPECT_EQ(rest.exit_code, kExitOk) << rest.err;
  EXPECT_THAT(rest.out, HasSubstr("2000 answers of 200 candidates to 10 questions, 0 of them not gradable"));
  const auto scores = Scores("parts");
  EXPECT_EQ(scores.size(), 2000);
  EXPECT_EQ(scores, Scores("whole"));
  std::set<double> different;
  for (const auto& [id, score] : scores) different.insert(score);
  EXPECT_GT(different.size(), 10);
}

TEST_F(CohortRunTest, BadAnswersCostALineEachAndTheRestIsGraded) {
  WriteCohort(20, "a3,x,eve,y\nb1,no-such-question,eve,y\nb2,x\nb3,x,eve,\xff\n");
  const Result result = Ringside("grade cohort.csv --out o --workers 0 --json r.json");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.err, HasSubstr("cohort.csv:22: id: \"a3\" is that of line 5 already"));
  EXPECT_THAT(result.err, HasSubstr("cohort.csv:23: question: there is no \"no-such-question\" in the bank"));
  EXPECT_THAT(result.err, HasSubstr("cohort.csv:24: the row has 2 columns, the header 4"));
  EXPECT_THAT(result.err, HasSubstr("cohort.csv:25: answer: is not UTF-8"));
  const auto json = nlohmann::json::parse(ReadFile(Path("r.json")));
  EXPECT_EQ(json["answers"], 24);
  EXPECT_EQ(json["errors"], 4);
  EXPECT_EQ(Scores("o").size(), 24);
}

TEST_F(CohortRunTest, WhatCannotBeReadAtAllIsBadInputAndLeavesNothing) {
  for (const char* text : {"", "id,question,answer\n1,q,x\n"}) {
    Write("bad.csv", text);
    const Result result = Ringside("grade bad.csv --out o");
    EXPECT_EQ(result.exit_code, kExitBadInput);
    EXPECT_THAT(result.err, HasSubstr("bad.csv"));
    EXPECT_FALSE(std::filesystem::exists(Path("o")));
  }
}

TEST_F(CohortRunTest, NothingIsGradedTwiceUnlessAskedFor) {
  WriteCohort(30);
  ASSERT_EQ(Ringside("grade cohort.csv --out o --workers 0").exit_code, kExitOk);
  const Result again = Ringside("grade cohort.csv --out o --workers 0");
  EXPECT_EQ(again.exit_code, kExitBadInput);
  EXPECT_THAT(again.err,
              HasSubstr("holds 30 grades of this cohort; go on with --resume, grade anew with --regrade"));
  EXPECT_THAT(Ringside("grade cohort.csv --out o --workers 0 --regrade").out,
              HasSubstr("regrade 1: 0 grades moved"));
  WriteCohort(31);
  EXPECT_THAT(Ringside("grade cohort.csv --out o --workers 0 --resume").err,
              HasSubstr("the answers have changed since"));
}

TEST_F(CohortRunTest, SharesMakeTheSameWhole) {
  WriteCohort(100);
  ASSERT_EQ(Ringside("grade cohort.csv --out whole --workers 0").exit_code, kExitOk);
  EXPECT_THAT(Ringside("grade cohort.csv --out o --shard 1/2").out, HasSubstr("share 1 of 2 is graded"));
  EXPECT_THAT(Ringside("grade cohort.csv --out o --shard 0/2").out,
              HasSubstr("100 answers of 10 candidates"));
  EXPECT_EQ(Scores("o"), Scores("whole"));
}

}  // namespace
}  // namespace ringside::cli
