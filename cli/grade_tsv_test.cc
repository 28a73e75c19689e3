#include "cli/grade_tsv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace ringside::cli {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(GradeTsv, GradesIntoAFileAndSaysWhatFailed) {
  const std::string folder = testing::TempDir() + "grade_tsv/";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "in.tsv") << "question_id\tquestion\treference_answer\tstudent_answer\n"
                                      "q\tWhy is it slow?\tThe link is congested.\tThe link is congested.\n"
                                      "q\tbad row\n";
  GradeOptions options;
  options.answers = {folder + "in.tsv"};
  options.out = folder + "made/out.tsv";
  options.json = folder + "summary.json";
  ASSERT_TRUE(IsTsv(options));
  EXPECT_EQ(GradeTsv(options), kExitFailed);
  const std::string graded = Read(options.out);
  EXPECT_EQ(std::count(graded.begin(), graded.end(), '\n'), 3);
  EXPECT_NE(graded.find("q\t0."), std::string::npos);
  EXPECT_NE(graded.find(":3: 2 cells"), std::string::npos);
  EXPECT_NE(Read(options.json).find("\"errors\": 1"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(options.out + ".part"));
  std::filesystem::remove_all(folder);
}

TEST(GradeTsv, LeavesOtherAnswersToOthers) {
  GradeOptions options;
  options.answers = {"answer.yaml"};
  EXPECT_FALSE(IsTsv(options));
  options.answers = {"a.tsv", "b.tsv"};
  EXPECT_FALSE(IsTsv(options));
}

TEST(GradeTsv, LeavesNothingBehindWhenItFails) {
  GradeOptions options;
  options.answers = {testing::TempDir() + "no_such_table.tsv"};
  options.out = testing::TempDir() + "no_such_grades.tsv";
  EXPECT_NE(GradeTsv(options), kExitOk);
  EXPECT_FALSE(std::filesystem::exists(options.out));
  EXPECT_FALSE(std::filesystem::exists(options.out + ".part"));
}

}  // namespace
}  // namespace ringside::cli
