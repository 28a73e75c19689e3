#include "evaluator/cohort/answers.h"

#include <gmock/gmock.h>

#include "evaluator/cohort/testing.h"

namespace ringside::cohort {
namespace {

using testing::HasSubstr;

class AnswersTest : public InFolder {
 protected:
  // All of it; the status of what ended it.
  static std::vector<ReadAnswer> ReadAll(const std::string& path, absl::Status* end = nullptr) {
    std::vector<ReadAnswer> all;
    auto reader = OpenAnswers(path);
    if (!reader.ok()) {
      if (end != nullptr) *end = reader.status();
      EXPECT_TRUE(end != nullptr) << reader.status();
      return all;
    }
    while (true) {
      auto next = (*reader)->Next();
      if (!next.ok() || !next->has_value()) {
        EXPECT_TRUE(next.ok() || end != nullptr) << next.status();
        if (end != nullptr) *end = next.status();
        return all;
      }
      all.push_back(**std::move(next));
    }
  }
};

TEST_F(AnswersTest, ReadsCsvWithQuotesAndLinesInside) {
  const auto all = ReadAll(Write("a.csv",
                                 "\xEF\xBB\xBFquestion,candidate,answer,mark,ignored\r\n"
                                 "q1,ann,\"two\nlines, and \"\"quotes\"\"\",0.5,x\r\n"
                                 "\r\n"
                                 "q2,bob,plain,,y"));
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].answer.text(), "two\nlines, and \"quotes\"");
  EXPECT_EQ(all[0].answer.question(), "q1");
  EXPECT_EQ(all[0].answer.mark(), 0.5);
  EXPECT_EQ(all[0].answer.line(), 2);
  EXPECT_EQ(all[0].answer.id(), "line-2");
  EXPECT_EQ(all[1].answer.candidate(), "bob");
  EXPECT_FALSE(all[1].answer.has_mark());
  EXPECT_EQ(all[1].answer.line(), 5);
  for (const ReadAnswer& read : all) EXPECT_EQ(read.error, "");
}

TEST_F(AnswersTest, OneBadRowIsAnErrorOfThatRow) {
  const auto all = ReadAll(Write("a.csv",
                                 "id,question,student,answer,mark\n"
                                 "1,q,ann,fine,0.1\n"
                                 "2,q,ann,too few\n"
                                 "3,,ann,no question,\n"
                                 "4,q,ann,\xff\xfe,\n"
                                 "5,q,ann,mark,two\n"
                                 "6,q,ann," +
                                     std::string(10'000'000, 'x') +
                                     ",\n"
                                     "7,q,ann,fine,\n"));
  ASSERT_EQ(all.size(), 7);
  EXPECT_EQ(all[0].error, "");
  EXPECT_EQ(all[1].error, "the row has 4 columns, the header 5");
  EXPECT_EQ(all[2].error, "question: is empty");
  EXPECT_THAT(all[3].error, HasSubstr("answer: is not UTF-8"));
  EXPECT_THAT(all[4].error, HasSubstr("mark: expected a number from 0 to 1, got \"two\""));
  EXPECT_EQ(all[5].error, "answer: 10.0 MB are over the limit of 1.0 MB");
  EXPECT_EQ(all[5].answer.text(), "");
  EXPECT_EQ(all[6].error, "");
  EXPECT_EQ(all[6].answer.line(), 8);
}

TEST_F(AnswersTest, SaysWhatIsWrongWithTheWholeFile) {
  absl::Status end;
  ReadAll(Path("none.csv"), &end);
  EXPECT_EQ(end.code(), absl::StatusCode::kNotFound);
  ReadAll(Write("empty.csv", ""), &end);
  EXPECT_THAT(end.message(), HasSubstr("empty.csv: the file is empty"));
  ReadAll(Write("empty.jsonl", ""), &end);
  EXPECT_THAT(end.message(), HasSubstr("empty.jsonl: the file is empty"));
  ReadAll(Write("columns.csv", "id,question,answer\n1,q,x\n"), &end);
  EXPECT_THAT(end.message(), HasSubstr("columns.csv:1: there is no column \"candidate\""));
  ReadAll(Write("a.txt", "x"), &end);
  EXPECT_THAT(end.message(), HasSubstr("a cohort is a folder, a .csv or a .jsonl file"));
  const auto some =
      ReadAll(Write("open.csv", "question,candidate,answer\nq,a,fine\nq,b,\"never closed\nq,c,x\n"), &end);
  EXPECT_EQ(some.size(), 1);
  EXPECT_THAT(end.message(), HasSubstr("open.csv:3: the file ends inside a quoted field"));
}

TEST_F(AnswersTest, ReadsJsonLines) {
  const auto all = ReadAll(
      Write("a.jsonl",
            "{\"id\": 7, \"candidate\": \"ann\", \"question\": \"q\", \"answer\": \"x\", \"mark\": 1}\n"
            "\n"
            "nonsense\n"
            "{\"candidate\": \"bob\", \"question\": \"q\", \"answer\": []}\n"
            "{\"candidate\": \"eve\", \"question\": \"d\", \"design\": {\"plan\": {\"dp\": 4, \"recompute\": "
            "\"full\"}}}\n"
            "{\"candidate\": \"eve\", \"question\": \"d\", \"design\": {\"plam\": {}}}"));
  ASSERT_EQ(all.size(), 5);
  EXPECT_EQ(all[0].answer.id(), "7");
  EXPECT_EQ(all[0].answer.mark(), 1);
  EXPECT_THAT(all[1].error, HasSubstr("no JSON object"));
  EXPECT_EQ(all[1].answer.id(), "line-3");
  EXPECT_THAT(all[2].error, HasSubstr("answer: expected text, got array"));
  EXPECT_EQ(all[3].error, "");
  EXPECT_EQ(all[3].answer.design().plan().dp(), 4);
  EXPECT_EQ(all[3].answer.design().plan().recompute(), v1::RECOMPUTE_FULL);
  EXPECT_THAT(all[4].error, HasSubstr("plam"));
}

TEST_F(AnswersTest, ReadsAFolderInOrder) {
  Write("all/bob/q1.txt", "of bob");
  Write("all/ann/q2.md", "of ann");
  Write("all/ann/d.yaml", "question: d\nplan: {dp: 2}\n");
  Write("all/ann/notes.pdf", "x");
  Write("all/.hidden/q.txt", "x");
  const auto all = ReadAll(Path("all"));
  ASSERT_EQ(all.size(), 4);
  EXPECT_EQ(all[0].answer.id(), "ann/d");
  EXPECT_EQ(all[0].answer.design().plan().dp(), 2);
  EXPECT_THAT(all[1].error, HasSubstr("notes.pdf: expected .txt"));
  EXPECT_EQ(all[2].answer.text(), "of ann");
  EXPECT_EQ(all[3].answer.candidate(), "bob");
  absl::Status end;
  ReadAll(Path("all/ann"), &end);
  EXPECT_THAT(end.message(), HasSubstr("no candidate's folder"));
}

TEST_F(AnswersTest, ALineOfJsonThatIsTooDeepOrTooLongIsOneErrorAndTheRestIsRead) {
  const std::string good = R"({"question":"q","candidate":"c","answer":"words"})";
  const std::string deep = R"({"question":"q","candidate":"c","design":)" + std::string(400'000, '[') +
                           std::string(400'000, ']') + "}";
  const std::string text = good + "\n" + deep + "\n" + std::string(kMaxRowBytes + 1, 'x') + "\n" + good;
  const auto all = ReadAll(Write("a.jsonl", text));
  ASSERT_EQ(all.size(), 4);
  EXPECT_EQ(all[0].error, "");
  EXPECT_THAT(all[1].error, HasSubstr("nested deeper than"));
  EXPECT_THAT(all[2].error, HasSubstr("longer than 64 MiB"));
  EXPECT_EQ(all[3].error, "");
  EXPECT_EQ(all[3].answer.line(), 4);
}

}  // namespace
}  // namespace ringside::cohort
