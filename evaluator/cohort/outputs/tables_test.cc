#include "evaluator/cohort/outputs/csv_writer.h"
#include "evaluator/cohort/outputs/testing.h"
#include "nlohmann/json.hpp"

namespace ringside::cohort {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Tables : public InCohort {};

TEST_F(Tables, GradesAsCsv) {
  v1::CohortGrade flagged;
  flagged.set_score(0.25);
  flagged.mutable_theory()->set_confidence(0.125);
  flagged.mutable_theory()->add_flags(v1::ANSWER_FLAG_LOW_EVIDENCE);
  flagged.mutable_theory()->add_flags(v1::ANSWER_FLAG_REPEATED);
  PutGrade("a, \"quoted\"", "ada", "q", "two words", 0.5, flagged);
  Put("b", "kurt", "q", "one", 0, std::nullopt, "line 1\nline 2");
  Write();
  const Rows rows = ParseCsv(Read("grades.csv"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0], ElementsAre("id", "candidate", "question", "score", "mark", "words", "confidence",
                                   "flags", "error", "revision"));
  EXPECT_THAT(rows[1], ElementsAre("a, \"quoted\"", "c-3", "q", "0.25", "0.5", "2", "0.125",
                                   "low evidence; repeated", "", "1"));
  EXPECT_THAT(rows[2], ElementsAre("b", "c-4", "q", "0", "", "1", "", "", "line 1?line 2", "1"));
}

TEST_F(Tables, NamesAreNoFormulas) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"}) {
    EXPECT_EQ(CsvText(text).front(), '\'') << text;
  }
  EXPECT_EQ(CsvText("a=1"), "a=1");
  EXPECT_EQ(CsvText(""), "");
  Put("=cmd|' /C calc'!A0", "ada", "@q", "text", 0.5);
  Write();
  const Rows rows = ParseCsv(Read("grades.csv"));
  EXPECT_EQ(rows.at(1).at(0), "'=cmd|' /C calc'!A0");
  EXPECT_EQ(rows.at(1).at(2), "'@q");
  EXPECT_EQ(rows.at(1).at(3), "0.5");
}

TEST_F(Tables, GradesAsJsonLines) {
  Put("a", "ada", "q", "text with \"quotes\"", 0.75, 1.0);
  Put("b", "kurt", "q", "text", 0, std::nullopt, "no such question");
  Write();
  std::istringstream lines(Read("grades.jsonl"));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const json first = json::parse(line);
  EXPECT_EQ(first["id"], "a");
  EXPECT_EQ(first["candidate"], "c-3");
  EXPECT_EQ(first["score"], 0.75);
  EXPECT_EQ(first["mark"], 1.0);
  EXPECT_EQ(first["theory"]["points"][0]["reason"], "because");
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line)["error"], "no such question");
  EXPECT_FALSE(json::parse(line).contains("mark"));
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Tables, SummaryHasTheFiguresAndNullWhereThereAreNone) {
  Put("a", "ada", "q1", "text", 0.75);
  Put("b", "ada", "q2", "text", 0.25);
  Put("c", "kurt", "q1", "text", 0, std::nullopt, "cannot");
  Write();
  const json summary = json::parse(Read("summary.json"));
  EXPECT_EQ(summary["answers"], 3);
  EXPECT_EQ(summary["errors"], 1);
  EXPECT_EQ(summary["candidates"], 2);
  EXPECT_EQ(summary["mean"], 0.25);
  EXPECT_TRUE(summary["alpha"].is_null());
  EXPECT_FALSE(summary.contains("agreement"));  // nobody gave marks
  EXPECT_EQ(summary["questions"].size(), 2u);
  EXPECT_EQ(summary["questions"][0]["errors"], 1);
  EXPECT_EQ(summary["to_look_at"]["answers"], 1);
  int64_t counted = 0;
  for (const json& count : summary["distribution"]["scores_of_answers"]) counted += count.get<int64_t>();
  EXPECT_EQ(counted, 2);
}

TEST_F(Tables, SummaryHasTheAgreementWhereThereAreMarks) {
  for (int i = 0; i < 5; ++i)
    Put("a" + std::to_string(i), std::string(i + 1, 'x'), "q", "t", i / 4.0, i / 4.0);
  Write();
  const json summary = json::parse(Read("summary.json"));
  EXPECT_NEAR(summary["agreement"]["pearson"].get<double>(), 1, 1e-9);
  EXPECT_EQ(summary["questions"][0]["agreement"]["answers"], 5);
}

}  // namespace
}  // namespace ringside::cohort
