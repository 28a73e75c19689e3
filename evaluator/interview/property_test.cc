// Random events, thousands of interviews: what must hold whatever a candidate does.
#include <google/protobuf/util/message_differencer.h>

#include <random>
#include <set>
#include <string>

#include "evaluator/interview/interview.h"
#include "evaluator/interview/report.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/testing.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using testing::Event;
using testing::FullAnswer;
using testing::SmallContext;
using testing::SomeSetup;

constexpr int kInterviews = 3000;
constexpr int kMostEvents = 80;

class RandomCandidate {
 public:
  explicit RandomCandidate(uint64_t seed) : random_(seed) {}
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }

  v1::InterviewSetup Setup(uint64_t seed) {
    v1::InterviewSetup setup = SomeSetup(seed);
    setup.set_mode(Below(8) == 0   ? v1::INTERVIEW_MODE_DIAGNOSTIC
                   : Below(8) == 0 ? v1::INTERVIEW_MODE_RAPID_FIRE
                                   : v1::INTERVIEW_MODE_FULL);
    setup.set_level(static_cast<v1::Level>(Below(4)));
    if (Below(2) == 0) setup.clear_debugging_round();
    if (Below(3) == 0) setup.add_focus("attention");
    if (Below(3) == 0) setup.add_topics("training");
    return setup;
  }

  v1::InterviewEvent Next(const v1::InterviewSession& session) {
    // Mostly seconds to minutes; at times an hour, nothing, or backwards.
    const int kind_of_step = Below(20);
    at_ms_ += kind_of_step == 0   ? 3'600'000
              : kind_of_step == 1 ? 0
              : kind_of_step == 2 ? -50'000
                                  : Below(150'000);
    const int roll = Below(100);
    if (roll < 40) return Event(v1::INTERVIEW_EVENT_KIND_SAY, at_ms_, FullAnswer(SmallContext(), session));
    if (roll < 65) return Event(v1::INTERVIEW_EVENT_KIND_SAY, at_ms_, Words());
    if (roll < 75) return Event(v1::INTERVIEW_EVENT_KIND_HINT, at_ms_);
    if (roll < 78) return Event(v1::INTERVIEW_EVENT_KIND_EVIDENCE, at_ms_, "gradient norm and labels");
    if (roll == 78 && Below(4) == 0) return Event(v1::INTERVIEW_EVENT_KIND_END, at_ms_);
    return Event(static_cast<v1::InterviewEventKind>(Below(14)), at_ms_, Words());
  }

 private:
  std::string Words() {
    static const char* const kSome[] = {"",
                                        "I don't know.",
                                        "chain rule",
                                        "What do you mean?",
                                        "loss curve",
                                        "labels",
                                        "I think it is because of the softmax.",
                                        "\xff\xfe\x01",
                                        "ж ∂ 中",
                                        "show me the bytes"};
    std::string words = kSome[Below(10)];
    if (Below(200) == 0) words += std::string(30'000, 'x');
    return words;
  }
  std::mt19937_64 random_;
  int64_t at_ms_ = 0;
};

void CheckInvariants(const v1::InterviewSession& session) {
  // Phases in order, time accounted.
  int64_t last_end = 0;
  for (int i = 0; i < session.phases_size(); ++i) {
    const v1::PhaseState& phase = session.phases(i);
    ASSERT_EQ(phase.begun(), i <= session.phase()) << i;
    if (!phase.begun()) continue;
    ASSERT_EQ(phase.begun_ms(), last_end) << "phases leave no gap";
    if (phase.ended()) ASSERT_LE(phase.begun_ms(), phase.ended_ms());
    ASSERT_EQ(phase.ended(), i < session.phase() || session.ended());
    if (phase.ended()) last_end = phase.ended_ms();
  }
  if (session.ended()) ASSERT_EQ(last_end, session.active_ms());
  ASSERT_GE(session.level(), v1::LEVEL_FOUNDATION);
  ASSERT_LE(session.level(), v1::LEVEL_ADVANCED);
  // At most the last question is open; no question twice.
  std::set<std::string> ids;
  for (int i = 0; i < session.asked_size(); ++i) {
    const v1::AskedQuestion& asked = session.asked(i);
    const bool open = session.open() && i + 1 == session.asked_size();
    ASSERT_EQ(asked.end() == v1::QUESTION_END_UNSPECIFIED, open);
    ASSERT_TRUE(ids.insert(asked.id()).second) << asked.id();
    ASSERT_GE(asked.score(), 0);
    ASSERT_LE(asked.score(), 1);
    ASSERT_LE(asked.hints_size(), kHintLevels);
    ASSERT_FALSE(asked.parts().empty());
    ASSERT_FALSE(asked.area().empty());
  }
  ASSERT_NE(session.open(), session.ended());
  // Time of turns does not go back.
  int64_t at = 0;
  for (const v1::InterviewTurn& turn : session.turns()) {
    ASSERT_GE(turn.at_ms(), at);
    at = turn.at_ms();
  }
}

void CheckScorecard(const v1::InterviewSession& session) {
  const v1::InterviewScorecard& card = session.scorecard();
  ASSERT_EQ(card.strengths_size(), 3);
  ASSERT_EQ(card.improvements_size(), 3);
  ASSERT_GE(card.resources_size(), 2);
  ASSERT_LE(card.resources_size(), 3);
  ASSERT_EQ(card.areas_size(), 4);
  ASSERT_GE(card.score(), 0);
  ASSERT_LE(card.score(), 1);
  int64_t spent = 0;
  for (const v1::PhaseTime& phase : card.phases()) spent += phase.spent_ms();
  ASSERT_EQ(spent, session.active_ms());
  ASSERT_FALSE(ScorecardText(card).empty());
}

TEST(InterviewProperties, HoldWhateverACandidateDoes) {
  for (uint64_t seed = 0; seed < kInterviews; ++seed) {
    SCOPED_TRACE(seed);
    RandomCandidate candidate(seed);
    auto started = Interview::Start(SmallContext(), candidate.Setup(seed), 0);
    ASSERT_TRUE(started.ok()) << started.status();
    Interview interview = *std::move(started);
    for (int i = 0; i < kMostEvents && !interview.session().ended(); ++i) {
      interview.Handle(candidate.Next(interview.session()));
      ASSERT_NO_FATAL_FAILURE(CheckInvariants(interview.session()));
    }
    if (!interview.session().ended()) {
      interview.Handle(Event(v1::INTERVIEW_EVENT_KIND_END, interview.session().last_at_ms()));
    }
    ASSERT_TRUE(interview.session().ended());
    ASSERT_NO_FATAL_FAILURE(CheckInvariants(interview.session()));
    ASSERT_NO_FATAL_FAILURE(CheckScorecard(interview.session()));
  }
}

// A session written down and read again after any event goes on as the one that was not.
TEST(InterviewProperties, ASessionReadAgainGoesOnTheSame) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    RandomCandidate candidate(seed);
    const v1::InterviewSetup setup = candidate.Setup(seed);
    auto whole = Interview::Start(SmallContext(), setup, 0);
    auto parts = Interview::Start(SmallContext(), setup, 0);
    ASSERT_TRUE(whole.ok() && parts.ok());
    for (int i = 0; i < kMostEvents && !whole->session().ended(); ++i) {
      v1::InterviewSession read;
      ASSERT_TRUE(read.ParseFromString(parts->session().SerializeAsString()));
      parts = Interview::Continue(SmallContext(), read, read.last_at_ms());
      ASSERT_TRUE(parts.ok()) << parts.status();
      const v1::InterviewEvent event = candidate.Next(whole->session());
      whole->Handle(event);
      parts->Handle(event);
    }
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(whole->session(), parts->session()));
  }
}

TEST(InterviewProperties, AreTheSameForTheSameSeedAndOthersForOthers) {
  const auto first = Interview::Start(SmallContext(), SomeSetup(5), 0),
             again = Interview::Start(SmallContext(), SomeSetup(5), 0);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->session().SerializeAsString(), again->session().SerializeAsString());
  std::set<std::string> greetings;
  for (uint64_t seed = 0; seed < 30; ++seed)
    greetings.insert(Interview::Start(SmallContext(), SomeSetup(seed), 0)->session().turns(0).text());
  EXPECT_GT(greetings.size(), 1u);
}

}  // namespace
}  // namespace ringside::evaluator
