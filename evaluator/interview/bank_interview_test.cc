// Interviews over the bank that is compiled in, with the real grader: candidates who know much, something and
// nothing come out in that order, and every path of the interview has questions.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "evaluator/debugging/round.h"
#include "evaluator/interview/interview.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/testing.h"
#include "evaluator/interview/text_grader.h"

namespace ringside::evaluator {
namespace {

const InterviewContext& RealContext() {
  static const auto* const kContext = [] {
    auto* context = new InterviewContext;
    context->bank = &EmbeddedBank();
    context->rounds = new RoundLibrary(*RoundLibrary::Embedded());
    context->grader = TextGrader();
    return context;
  }();
  return *kContext;
}

// Says the first `share` of the points of every question, in other words where the bank has some.
std::string AnswerOf(const v1::TheoryQuestion& question, double share) {
  std::string answer;
  const int points = static_cast<int>(share * question.points_size() + 0.5);
  for (int i = 0; i < points; ++i) {
    const v1::ReferencePoint& point = question.points(i);
    answer += (point.alternatives().empty() ? point.text() : point.alternatives(0)) + ". ";
  }
  return answer.empty() ? "I would have to look that up, I cannot say anything about it." : answer;
}

v1::InterviewSession Interviewed(double share, int64_t seconds, v1::InterviewMode mode, uint64_t seed) {
  v1::InterviewSetup setup = testing::SomeSetup(seed);
  setup.set_mode(mode);
  setup.clear_debugging_round();
  auto interview = *Interview::Start(RealContext(), setup, 0);
  int64_t at_ms = 0;
  for (int i = 0; i < 200 && !interview.session().ended(); ++i) {
    const v1::AskedQuestion& open = *interview.session().asked().rbegin();
    const v1::TheoryQuestion& question = *FindQuestion(RealContext(), open.id());
    if (open.has_debugging()) {
      const RoundData& round = *RealContext().rounds->Find(open.debugging().name());
      const int looks = static_cast<int>(share * round.spec.path_size());
      if (open.debugging().requests_size() < looks) {
        interview.Handle(testing::Event(v1::INTERVIEW_EVENT_KIND_EVIDENCE, at_ms += 10'000,
                                        round.spec.path(open.debugging().requests_size())));
        continue;
      }
    }
    const std::string said =
        (open.has_debugging() ? "I think the cause is this. " : "") + AnswerOf(question, share);
    interview.Handle(testing::Event(v1::INTERVIEW_EVENT_KIND_SAY, at_ms += seconds * 1000, said));
  }
  EXPECT_TRUE(interview.session().ended());
  return interview.session();
}

TEST(BankInterview, CandidatesComeOutInTheirOrder) {
  for (const uint64_t seed : {1, 2, 3}) {
    const auto much = Interviewed(1, 60, v1::INTERVIEW_MODE_FULL, seed),
               some = Interviewed(0.4, 60, v1::INTERVIEW_MODE_FULL, seed),
               nothing = Interviewed(0, 60, v1::INTERVIEW_MODE_FULL, seed);
    EXPECT_GT(much.scorecard().score(), 0.75) << seed;
    EXPECT_GT(much.scorecard().score(), some.scorecard().score() + 0.15) << seed;
    EXPECT_GT(some.scorecard().score(), nothing.scorecard().score() + 0.15) << seed;
    EXPECT_LT(nothing.scorecard().score(), 0.15) << seed;
    for (const v1::AreaRating& area : nothing.scorecard().areas())
      EXPECT_EQ(area.rating(), v1::RATING_NOVICE) << area.area();
  }
}

TEST(BankInterview, EveryPhaseHasItsQuestions) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const auto session = Interviewed(1, 45, v1::INTERVIEW_MODE_FULL, seed);
    std::set<std::string> phases;
    for (const v1::AskedQuestion& asked : session.asked()) phases.insert(asked.phase());
    EXPECT_EQ(phases.size(), 4u) << seed;
    EXPECT_GE(session.asked_size(), 11) << seed;
  }
}

// Cause and fix of a round in its other wordings; and those of every other round, which is another mistake.
TEST(BankInterview, TheRoundsAreToldApart) {
  const auto& rounds = RealContext().rounds->rounds();
  const auto said = [](const RoundData& round) {
    std::string words = "I think this is it: ";
    for (const v1::ReferencePoint& point : round.question.points()) words += point.alternatives(0) + " ";
    return words;
  };
  int taken_for_another = 0;
  for (const RoundData& round : rounds) {
    for (const RoundData& other : rounds) {
      v1::DebuggingRoundState state;
      Diagnose(round, said(other), RealContext().grader, &state);
      const double found = Found(round, state) / state.evidence_score();
      if (&round == &other) {
        EXPECT_GE(found, 0.7) << round.entry.name();
        EXPECT_TRUE(state.grade().misconceptions().empty()) << round.entry.name();
      } else if (found > kWeak) {
        ++taken_for_another;
        EXPECT_LT(found, kStrong) << round.entry.name() << " for " << other.entry.name();
      }
    }
  }
  // Some have a part of their cause in common ("the learning rate is too high").
  EXPECT_LE(taken_for_another, 12);
}

// Every misconception is found in its own words, and does not stand in the right answer.
TEST(BankInterview, PushesAndRoundsKnowTheirMisconceptions) {
  const auto check = [](const v1::TheoryQuestion& question) {
    for (const v1::Misconception& misconception : question.misconceptions()) {
      EXPECT_FALSE(RealContext().grader(question, misconception.claim()).misconceptions().empty())
          << question.id() << " " << misconception.id();
    }
    EXPECT_TRUE(RealContext().grader(question, AnswerOf(question, 1)).misconceptions().empty())
        << question.id();
    EXPECT_GE(RealContext().grader(question, AnswerOf(question, 1)).score(), 0.7) << question.id();
  };
  for (const v1::TheoryQuestion& push : Pushes().questions()) check(push);
  for (const RoundData& round : RealContext().rounds->rounds()) check(round.question);
}

TEST(BankInterview, TheDiagnosticIsOfTenQuestions) {
  const auto session = Interviewed(1, 30, v1::INTERVIEW_MODE_DIAGNOSTIC, 1);
  EXPECT_EQ(session.scorecard().questions(), 10);
  EXPECT_FALSE(session.scorecard().band().empty());
}

TEST(BankInterview, RapidFireIsShort) {
  const auto session = Interviewed(1, 20, v1::INTERVIEW_MODE_RAPID_FIRE, 1);
  EXPECT_EQ(session.scorecard().questions(), 12);
}

}  // namespace
}  // namespace ringside::evaluator
