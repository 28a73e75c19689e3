#include "evaluator/cohort/store.h"

#include <gmock/gmock.h>

#include "evaluator/cohort/testing.h"

namespace ringside::cohort {
namespace {

using testing::HasSubstr;

class StoreTest : public InFolder {
 protected:
  CohortStore Open() {
    auto store = CohortStore::Open(Path("a.sqlite"));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static NumberedGrade Grade(int64_t number, double score) {
    v1::CohortGrade grade;
    grade.set_id(absl::StrCat("a", number));
    grade.set_score(score);
    return {number, grade};
  }
  static std::vector<double> Scores(const CohortStore& store) {
    std::vector<double> scores;
    EXPECT_TRUE(store
                    .ForEachGrade([&](const v1::CohortGrade& grade) {
                      scores.push_back(grade.score());
                      return absl::OkStatus();
                    })
                    .ok());
    return scores;
  }
};

TEST_F(StoreTest, WhatWasPutIsThereAfterwardsAndCountsOnce) {
  {
    CohortStore store = Open();
    ASSERT_TRUE(store.Add({Stored(0), Stored(1), Stored(2)}).ok());
    ASSERT_TRUE(store.Put({Grade(1, 0.5)}).ok());
  }
  CohortStore store = Open();
  ASSERT_TRUE(store.Add({Stored(1), Stored(2), Stored(3)}).ok());  // reading begins anew
  EXPECT_EQ(*store.NumAnswers(), 4);
  const auto ungraded = store.Ungraded(0, 10);
  ASSERT_TRUE(ungraded.ok());
  ASSERT_EQ(ungraded->size(), 3);
  EXPECT_EQ((*ungraded)[1].number, 2);
  EXPECT_EQ((*ungraded)[1].error, "");
  ASSERT_TRUE(store.Put({Grade(1, 0.9), Grade(0, 0.25)}).ok());
  EXPECT_THAT(Scores(store), testing::ElementsAre(0.25, 0.5));
}

TEST_F(StoreTest, AnIdThatCameBeforeIsAnErrorOfTheLaterAnswer) {
  CohortStore store = Open();
  StoredAnswer twin = Stored(1);
  twin.answer.set_id("a0");
  ASSERT_TRUE(store.Add({Stored(0), twin, Stored(2)}).ok());
  const auto ungraded = store.Ungraded(0, 10);
  ASSERT_EQ(ungraded->size(), 3);
  EXPECT_EQ((*ungraded)[1].error, "id: \"a0\" is that of line 2 already");
  EXPECT_EQ((*ungraded)[1].answer.id(), "a0#1");
}

TEST_F(StoreTest, AnIdThatLooksLikeTheNameOfATwinStopsNothing) {
  CohortStore store = Open();
  StoredAnswer looks_like = Stored(1), twin = Stored(2);
  looks_like.answer.set_id("a0#2");
  twin.answer.set_id("a0");
  ASSERT_TRUE(store.Add({Stored(0), looks_like, twin, Stored(3)}).ok());
  const auto ungraded = store.Ungraded(0, 10);
  ASSERT_EQ(ungraded->size(), 4);
  EXPECT_EQ((*ungraded)[1].error, "");
  EXPECT_EQ((*ungraded)[2].error, "id: \"a0\" is that of line 2 already");
  EXPECT_EQ((*ungraded)[2].answer.id(), "a0#2#");
}

TEST_F(StoreTest, KeepsToOneSource) {
  CohortStore store = Open();
  EXPECT_TRUE(store.Claim("x").ok());
  EXPECT_TRUE(store.Claim("x").ok());
  EXPECT_THAT(store.Claim("y").message(), HasSubstr("choose another --out"));
}

TEST_F(StoreTest, ARegradeKeepsWhatWasAndSaysWhatMoved) {
  CohortStore store = Open();
  ASSERT_TRUE(store.Add({Stored(0), Stored(1)}).ok());
  ASSERT_TRUE(store.Put({Grade(0, 0.1), Grade(1, 0.2)}).ok());
  ASSERT_TRUE(store.BeginRegrade().ok());
  EXPECT_EQ(store.Ungraded(0, 10)->size(), 2);
  ASSERT_TRUE(store.Put({Grade(0, 0.1), Grade(1, 0.7)}).ok());
  EXPECT_THAT(Scores(store), testing::ElementsAre(0.1, 0.7));
  std::vector<Moved> moved;
  ASSERT_TRUE(store
                  .ForEachMoved([&](const Moved& one) {
                    moved.push_back(one);
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_EQ(moved.size(), 1);
  EXPECT_EQ(moved[0].before.score(), 0.2);
  EXPECT_EQ(moved[0].before.revision(), 1);
  EXPECT_EQ(moved[0].after.score(), 0.7);
  EXPECT_EQ(moved[0].after.revision(), 2);
}

TEST_F(StoreTest, MergesTheSharesOfSeveral) {
  for (const int share : {0, 1}) {
    auto store = CohortStore::Open(Path(absl::StrCat("share-", share)));
    ASSERT_TRUE(store.ok() && store->Add({Stored(0), Stored(1)}).ok());
    ASSERT_TRUE(store->Put({Grade(share, 0.25 + share)}).ok());
  }
  CohortStore store = Open();
  ASSERT_TRUE(store.MergeFrom(Path("share-1")).ok());
  ASSERT_TRUE(store.MergeFrom(Path("share-0")).ok());
  ASSERT_TRUE(store.MergeFrom(Path("share-0")).ok());
  EXPECT_EQ(*store.NumAnswers(), 2);
  EXPECT_THAT(Scores(store), testing::ElementsAre(0.25, 1.25));
}

}  // namespace
}  // namespace ringside::cohort
