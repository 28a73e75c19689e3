#include "evaluator/cohort/outputs/outputs.h"

#include <unistd.h>

#include "evaluator/cohort/grader.h"
#include "evaluator/cohort/outputs/output_file.h"
#include "evaluator/cohort/outputs/testing.h"
#include "evaluator/cohort/outputs/walk.h"

namespace ringside::cohort {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Outputs : public InCohort {};

TEST_F(Outputs, WritesWhatIsAskedForAndSaysSo) {
  Put("a", "ada", "q", "text", 0.5);
  EXPECT_THAT(Write(),
              UnorderedElementsAre("grades.csv", "grades.jsonl", "summary.json", "canvas.csv", "nbgrader.csv",
                                   "gradescope/", "junit.xml", "candidates/", "report.html"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.folder)) {
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
  options_.folder = Path("other");
  options_.formats = {OutputFormat::kJunit};
  EXPECT_THAT(Write(), ElementsAre("junit.xml"));
  EXPECT_FALSE(std::filesystem::exists(Path("other/grades.csv")));
}

TEST_F(Outputs, SameStoreSameBytes) {
  for (int i = 0; i < 30; ++i)
    Put("a" + std::to_string(i), std::string(i % 5 + 1, 'x'), "q", "text", i / 30.0, 0.5);
  Write();
  std::map<std::string, std::string> before;
  for (const char* name : {"grades.csv", "grades.jsonl", "summary.json", "canvas.csv", "junit.xml",
                           "report.html", "candidates/c-1.html"}) {
    before[name] = Read(name);
  }
  Write();
  for (const auto& [name, text] : before) EXPECT_EQ(Read(name), text) << name;
}

TEST_F(Outputs, AnEmptyCohortHasFiles) {
  EXPECT_EQ(Write().size(), 9u);
  EXPECT_EQ(ParseCsv(Read("grades.csv")).size(), 1u);
}

TEST_F(Outputs, SaysWhereItCannotWrite) {
  InFolder::Write("file", "not a folder");
  options_.folder = Path("file/out");
  const auto figures = ComputeFigures(*store_, nullptr);
  ASSERT_TRUE(figures.ok());
  const auto files = WriteOutputs(*store_, *figures, options_);
  EXPECT_EQ(files.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(files.status().message()), HasSubstr(options_.folder));
}

TEST_F(Outputs, AFileIsThereWholeOrNotAtAll) {
  const std::string path = Path("deep/er/file");
  {
    auto file = OutputFile::Create(path);
    ASSERT_TRUE(file.ok()) << file.status();
    file->Write("first");
    ASSERT_TRUE(file->Commit().ok());
  }
  {
    auto file = OutputFile::Create(path);
    ASSERT_TRUE(file.ok());
    file->Write("half");
    EXPECT_TRUE(std::filesystem::exists(path + ".part"));
  }
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  std::ifstream file(path);
  std::string text;
  file >> text;
  EXPECT_EQ(text, "first");
}

TEST_F(Outputs, AFullDiskIsAnError) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  const std::string path = Path("file");
  std::filesystem::create_symlink("/dev/full", path + ".part");
  auto file = OutputFile::Create(path);
  ASSERT_TRUE(file.ok());
  file->Write("text");
  EXPECT_EQ(file->Commit().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Outputs, NamesTheFormats) {
  EXPECT_EQ(*ParseOutputFormat("junit"), OutputFormat::kJunit);
  EXPECT_THAT(std::string(ParseOutputFormat("pdf").status().message()), HasSubstr("gradescope, junit, html"));
  EXPECT_EQ(AllOutputFormats().size(), 8u);
}

// With the bank and its grader: titles, spans and reasons as they are.
TEST_F(Outputs, ShowWhatTheGraderFound) {
  const evaluator::Bank& bank = evaluator::EmbeddedBank();
  const v1::TheoryQuestion& question = bank.theory().front();
  CohortGrader grader(bank, nullptr);
  v1::CohortAnswer answer;
  answer.set_id("a");
  answer.set_question(question.id());
  answer.set_text(question.points(0).text() + "\n\n" + question.points(1).text());
  PutGrade("a", "ada", question.id(), answer.text(), std::nullopt, grader.Grade(answer));
  options_.bank = &bank;
  Write();
  EXPECT_THAT(Read("candidates/c-3.html"), HasSubstr("<mark>"));
  EXPECT_THAT(Read("candidates/c-3.html"), HasSubstr("<sup>1</sup>"));
  EXPECT_THAT(Read("canvas.csv"), HasSubstr("[" + question.id() + "]"));
}

TEST_F(Outputs, TenThousandAnswersStream) {
  std::vector<StoredAnswer> answers;
  std::vector<NumberedGrade> grades;
  constexpr int kAnswers = 10'000, kQuestions = 8;
  for (int i = 0; i < kAnswers; ++i) {
    StoredAnswer stored;
    stored.number = i;
    stored.answer.set_id("a" + std::to_string(i));
    stored.answer.set_candidate("p" + std::to_string(i / kQuestions));
    stored.answer.set_question("q" + std::to_string(i % kQuestions));
    stored.answer.set_text("Answer number " + std::to_string(i) +
                           " in words that are its own: " + std::to_string(i * i));
    v1::CohortGrade grade;
    grade.set_id(stored.answer.id());
    grade.set_candidate("c" + std::to_string(i / kQuestions));
    grade.set_question(stored.answer.question());
    grade.set_score((i * 37 % 101) / 100.0);
    if (i % 97 == 0) grade.set_error("cannot");
    if (i % 2 == 0) grade.set_mark((i * 37 % 101) / 100.0);
    answers.push_back(std::move(stored));
    grades.push_back({i, std::move(grade)});
  }
  ASSERT_TRUE(store_->Add(answers).ok());
  ASSERT_TRUE(store_->Put(grades).ok());
  Write();
  EXPECT_EQ(ParseCsv(Read("grades.csv")).size(), kAnswers + 1u);
  EXPECT_EQ(ParseCsv(Read("canvas.csv")).size(), kAnswers / kQuestions + 2u);
  int pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder + "/candidates")) {
    pages += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(pages, kAnswers / kQuestions);
}

}  // namespace
}  // namespace ringside::cohort
