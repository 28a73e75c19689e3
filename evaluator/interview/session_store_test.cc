#include "evaluator/interview/session_store.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SessionStoreTest : public ::testing::Test {
 protected:
  SessionStoreTest() : directory_(::testing::TempDir() + "/session_store"), store_(directory_) {
    std::filesystem::remove_all(directory_);
  }
  v1::InterviewSession Some(const std::string& id, const std::string& candidate, int64_t started_s,
                            bool ended = true) {
    v1::InterviewSession session;
    session.mutable_setup()->set_id(id);
    session.mutable_setup()->set_candidate(candidate);
    session.mutable_setup()->set_started_unix_s(started_s);
    session.set_ended(ended);
    return session;
  }
  std::string directory_;
  SessionStore store_;
};

TEST_F(SessionStoreTest, KeepsWhatItWasGiven) {
  v1::InterviewSession session = Some("a", "Ada", 5);
  session.add_turns()->set_text("Hello");
  ASSERT_TRUE(store_.Save(session).ok());
  session.add_turns()->set_text("again");
  ASSERT_TRUE(store_.Save(session).ok());
  const auto loaded = store_.Load("a");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->SerializeAsString(), session.SerializeAsString());
}

TEST_F(SessionStoreTest, RefusesPathsAndWhatIsNotThere) {
  EXPECT_EQ(store_.Load("../a").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_.Load("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.Save(Some("a/b", "Ada", 1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(store_.List(""), IsEmpty());
}

TEST_F(SessionStoreTest, ADamagedFileIsSaidAndLeftOutOfTheList) {
  ASSERT_TRUE(store_.Save(Some("a", "Ada", 5)).ok());
  ASSERT_TRUE(store_.Save(Some("b", "Ada", 6)).ok());
  std::ofstream(directory_ + "/interviews/a.session") << "no session";
  EXPECT_EQ(store_.Load("a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store_.List("").size(), 1u);
}

TEST_F(SessionStoreTest, ListsNewestFirstByCandidate) {
  for (const auto& [id, candidate, day] :
       {std::tuple("a", "Ada", 1), std::tuple("b", "Bob", 2), std::tuple("c", "Ada", 3)}) {
    ASSERT_TRUE(store_.Save(Some(id, candidate, day)).ok());
  }
  const auto list = store_.List("Ada");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].session(), "c");
  EXPECT_EQ(store_.List("").size(), 3u);
}

TEST_F(SessionStoreTest, GapsAreOfTheLastThreeThatEnded) {
  const char* const topics[] = {"oldest", "old", "new", "newest"};
  for (int i = 0; i < 4; ++i) {
    v1::InterviewSession session = Some(std::string("s") + std::to_string(i), "Ada", i);
    session.mutable_scorecard()->add_weak_topics(topics[i]);
    session.add_asked()->set_id(std::string("q") + std::to_string(i));
    ASSERT_TRUE(store_.Save(session).ok());
  }
  ASSERT_TRUE(store_.Save(Some("open", "Ada", 9, false)).ok());
  const Gaps gaps = GapsOf(store_, "Ada");
  EXPECT_THAT(gaps.topics, ElementsAre("newest", "new", "old"));
  EXPECT_EQ(gaps.asked.size(), 4u);
}

}  // namespace
}  // namespace ringside::evaluator
