#include "evaluator/cohort/batch.h"

#include <gmock/gmock.h>

#include <atomic>
#include <set>

#include "evaluator/cohort/testing.h"

namespace ringside::cohort {
namespace {

using testing::HasSubstr;

// Marks by the length of the text; dies when told to.
class FakeWorker : public GradeWorker {
 public:
  using Dies = std::function<bool(const std::vector<v1::CohortAnswer>&)>;
  explicit FakeWorker(Dies dies = nullptr) : dies_(std::move(dies)) {}

  absl::StatusOr<std::vector<v1::CohortGrade>> Grade(const std::vector<v1::CohortAnswer>& answers) override {
    if (dies_ && dies_(answers)) return absl::UnavailableError("the worker died");
    std::vector<v1::CohortGrade> grades;
    for (const v1::CohortAnswer& answer : answers) {
      v1::CohortGrade& grade = grades.emplace_back();
      grade.set_id(answer.id());
      grade.set_candidate(answer.candidate());
      grade.set_score(static_cast<double>(answer.text().size()) / 100);
    }
    return grades;
  }

 private:
  const Dies dies_;
};

class BatchTest : public InFolder {
 protected:
  void Fill(int answers) {
    auto store = CohortStore::Open(Path("a.sqlite"));
    ASSERT_TRUE(store.ok());
    std::vector<StoredAnswer> all;
    for (int i = 0; i < answers; ++i) all.push_back(Stored(i, std::string(i % 100, 'x')));
    ASSERT_TRUE(store->Add(all).ok());
    ASSERT_TRUE(store->SetComplete().ok());
  }
  absl::Status Grade(std::vector<std::unique_ptr<GradeWorker>> workers, const BatchHooks& hooks = {},
                     BatchOptions options = {}) {
    auto store = CohortStore::Open(Path("a.sqlite"));
    return GradeUngraded(*store, "key", workers, options, hooks);
  }
  std::vector<v1::CohortGrade> Grades() {
    std::vector<v1::CohortGrade> all;
    auto store = CohortStore::Open(Path("a.sqlite"));
    EXPECT_TRUE(store
                    ->ForEachGrade([&](const v1::CohortGrade& grade) {
                      all.push_back(grade);
                      return absl::OkStatus();
                    })
                    .ok());
    return all;
  }
  static std::vector<std::unique_ptr<GradeWorker>> Workers(int count, FakeWorker::Dies dies = nullptr) {
    std::vector<std::unique_ptr<GradeWorker>> workers;
    for (int i = 0; i < count; ++i) workers.push_back(std::make_unique<FakeWorker>(dies));
    return workers;
  }
};

TEST_F(BatchTest, GradesAllInOrderOfTheSource) {
  Fill(5000);
  ASSERT_TRUE(Grade(Workers(3)).ok());
  const auto grades = Grades();
  ASSERT_EQ(grades.size(), 5000);
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(grades[i].id(), absl::StrCat("a", i));
    EXPECT_DOUBLE_EQ(grades[i].score(), (i % 100) / 100.0);
  }
}

TEST_F(BatchTest, StoppedAnywhereItGoesOnAndEndsTheSame) {
  Fill(3000);
  BatchOptions options;
  options.chunk_answers = 8;
  options.window = 64;
  for (int stop_after : {0, 1, 3, 7}) {
    int looks = 0;
    BatchHooks hooks;
    hooks.cancelled = [&] { return looks++ >= stop_after; };
    EXPECT_EQ(Grade(Workers(2), hooks, options).code(), absl::StatusCode::kCancelled);
  }
  ASSERT_TRUE(Grade(Workers(2)).ok());
  std::set<std::string> ids;
  for (const v1::CohortGrade& grade : Grades()) ids.insert(grade.id());
  EXPECT_EQ(ids.size(), 3000);
}

TEST_F(BatchTest, AnAnswerThatKillsItsGraderIsAnErrorAndTheRestIsGraded) {
  Fill(500);
  const auto dies = [](const std::vector<v1::CohortAnswer>& answers) {
    for (const v1::CohortAnswer& answer : answers) {
      if (answer.id() == "a123") return true;
    }
    return false;
  };
  BatchOptions options;
  options.failures_in_a_row = 100;
  ASSERT_TRUE(Grade(Workers(2, dies), {}, options).ok());
  int errors = 0;
  for (const v1::CohortGrade& grade : Grades()) {
    if (grade.error().empty()) continue;
    ++errors;
    EXPECT_EQ(grade.id(), "a123");
    EXPECT_EQ(grade.error(), "the grader failed on it 2 times: the worker died");
  }
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(Grades().size(), 500);
}

TEST_F(BatchTest, WithoutAWorkerLeftItSaysSoAndKeepsWhatIsGraded) {
  Fill(300);
  std::atomic<int> calls = 0;
  const auto dies = [&](const auto&) { return ++calls > 2; };
  const absl::Status status = Grade(Workers(2, dies));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("no worker is left that grades; the last said: the worker died"));
  ASSERT_TRUE(Grade(Workers(1)).ok());
  EXPECT_EQ(Grades().size(), 300);
}

TEST_F(BatchTest, WhatCouldNotBeReadIsAnErrorAmongTheGrades) {
  auto store = CohortStore::Open(Path("a.sqlite"));
  StoredAnswer bad = Stored(1);
  bad.error = "answer: is not UTF-8";
  ASSERT_TRUE(store->Add({Stored(0), bad, Stored(2)}).ok());
  ASSERT_TRUE(Grade(Workers(1)).ok());
  const auto grades = Grades();
  ASSERT_EQ(grades.size(), 3);
  EXPECT_EQ(grades[1].error(), "answer: is not UTF-8");
  EXPECT_EQ(grades[1].line(), 3);
  EXPECT_EQ(grades[2].error(), "");
}

TEST_F(BatchTest, ShardsShareTheAnswers) {
  Fill(100);
  BatchOptions options;
  options.shards = 3;
  std::set<std::string> ids;
  for (options.shard = 0; options.shard < 3; ++options.shard) {
    BatchProgress last;
    BatchHooks hooks;
    hooks.progress = [&](const BatchProgress& progress) { last = progress; };
    ASSERT_TRUE(Grade(Workers(1), hooks, options).ok());
    EXPECT_EQ(last.answers, options.shard == 0 ? 34 : 33);
  }
  EXPECT_EQ(Grades().size(), 100);
}

TEST_F(BatchTest, NamesAreAnonymousAndStable) {
  Fill(20);
  ASSERT_TRUE(Grade(Workers(1)).ok());
  const auto grades = Grades();
  EXPECT_EQ(grades[0].candidate(), grades[7].candidate());  // both of p0
  EXPECT_NE(grades[0].candidate(), grades[1].candidate());
  EXPECT_EQ(grades[0].candidate(), AnonymousName("key", "p0"));
  EXPECT_NE(AnonymousName("key", "p0"), AnonymousName("other", "p0"));
}

}  // namespace
}  // namespace ringside::cohort
