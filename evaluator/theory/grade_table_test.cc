#include "evaluator/theory/grade_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace ringside::theory {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] = "question_id\tstudent_id\tquestion\treference_answer\tstudent_answer\tscore\n";

class GradeTableTest : public testing::Test {
 protected:
  GradeTableTest() { std::filesystem::create_directories(folder_); }
  ~GradeTableTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name) << text;
    return folder_ + name;
  }

  // Rows of the output, split; the header first.
  std::vector<std::vector<std::string>> Grade(const std::string& table, const std::string& marked = "") {
    std::ostringstream out;
    const auto summary = GradeTable(
        table, marked, &out, [&](const absl::Status& error) { reports_.emplace_back(error.message()); });
    EXPECT_TRUE(summary.ok()) << summary.status();
    if (summary.ok()) summary_ = *summary;
    std::vector<std::vector<std::string>> rows;
    for (absl::string_view line : absl::StrSplit(out.str(), '\n', absl::SkipEmpty()))
      rows.push_back(absl::StrSplit(line, '\t'));
    return rows;
  }

  const std::string folder_ = testing::TempDir() + "grade_table_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name() + "/";
  std::vector<std::string> reports_;
  TableSummary summary_;
};

const std::string kRow =
    "q1\ts1\tWhat does an all-reduce do?\tIt sums the gradients of all workers and gives every worker the "
    "sum.\t";

TEST_F(GradeTableTest, KeepsRowsIdsAndOrder) {
  const auto rows = Grade(
      File("t.tsv", kHeader + kRow + "It sums the gradients of all workers, every one gets the sum.\t\n" +
                        kRow + "Trees have leaves.\t\n"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0], testing::ElementsAre("question_id", "student_id", "score", "evidence", "confidence",
                                            "flags", "points", "error"));
  EXPECT_EQ(rows[1][1], "s1");
  EXPECT_GT(std::stod(rows[1][2]), 0.6);
  EXPECT_LT(std::stod(rows[2][2]), 0.1);
  EXPECT_EQ(summary_.rows, 2);
  EXPECT_EQ(summary_.errors, 0);
}

TEST_F(GradeTableTest, GradesTheRestOfATableWithBadRows) {
  const auto rows =
      Grade(File("t.tsv", std::string(kHeader) + "q1\tonly\tfour\tcells\n" + "q2\ts2\tWhy?\t\tanswer\t\n" +
                              kRow + "It sums the gradients of all workers.\t\n"));
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1][2], "0.0000");
  EXPECT_THAT(rows[1].back(), HasSubstr(":2: 4 cells"));
  EXPECT_THAT(rows[2].back(), HasSubstr("no reference_answer"));
  EXPECT_GT(std::stod(rows[3][2]), 0.3);
  EXPECT_EQ(reports_.size(), 2u);
  EXPECT_EQ(summary_.errors, 2);
}

TEST_F(GradeTableTest, LearnsFromMarksOfTheSameQuestion) {
  const std::string table = File("t.tsv", kHeader + kRow + "Everyone ends up holding the grand total.\t\n");
  const std::string marked =
      File("m.tsv", kHeader + kRow + "Everyone holds the grand total at the end.\t1\n" + kRow +
                        "All end up with the grand total.\t1\n" + kRow + "Wrong.\tmuch\n");
  const double before = std::stod(Grade(table)[1][2]);
  EXPECT_GT(std::stod(Grade(table, marked)[1][2]), before + 0.1);
  EXPECT_EQ(summary_.marks, 2);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_THAT(reports_[0], HasSubstr("no number from 0 to 1"));
}

TEST_F(GradeTableTest, RefusesWhatIsNoTable) {
  std::ostringstream out;
  const auto ignore = [](const absl::Status&) {};
  EXPECT_EQ(GradeTable(folder_ + "none.tsv", "", &out, ignore).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GradeTable(File("x.tsv", "a\tb\n1\t2\n"), "", &out, ignore).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GradeTable(File("e.tsv", ""), "", &out, ignore).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Marks by people, where a checkout has them beside it.
TEST_F(GradeTableTest, AgreesWithPeopleOnTheSharedTables) {
  const std::string shared = std::string(RINGSIDE_SOURCE_DIR) + "/../shared/asag/";
  if (!std::filesystem::exists(shared + "saf.tsv"))
    GTEST_SKIP() << "no tables of marked answers in " << shared;
  const struct {
    const char* name;
    double least;
  } kTables[] = {{"saf", 0.46}, {"beetle", 0.57}, {"scientsbank", 0.41}};
  for (const auto& [name, least] : kTables) {
    const std::string path = shared + name + ".tsv";
    const auto rows = Grade(path);
    const size_t score =
        static_cast<size_t>(std::find(rows[0].begin(), rows[0].end(), "score") - rows[0].begin());
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 1; std::getline(in, line) && i < rows.size(); ++i) {
      const std::vector<std::string> cells = absl::StrSplit(line, '\t');
      const double a = std::stod(cells[6]), b = std::stod(rows[i][score]);
      n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
    }
    const double r = (xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n));
    EXPECT_GT(r, least) << name;
    EXPECT_EQ(summary_.errors, 0) << name;
  }
}

}  // namespace
}  // namespace ringside::theory
