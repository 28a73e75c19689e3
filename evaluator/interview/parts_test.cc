// The small parts: draws, signals, marks, difficulty, the clock, observations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "evaluator/interview/difficulty.h"
#include "evaluator/interview/draw.h"
#include "evaluator/interview/marks.h"
#include "evaluator/interview/observations.h"
#include "evaluator/interview/phases.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/session_clock.h"
#include "evaluator/interview/signals.h"
#include "evaluator/interview/testing.h"

namespace ringside::evaluator {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Draw, DependsOnEveryPart) {
  EXPECT_EQ(Draw(1, "a", 2), Draw(1, "a", 2));
  EXPECT_NE(Draw(1, "a", 2), Draw(2, "a", 2));
  EXPECT_NE(Draw(1, "a", 2), Draw(1, "b", 2));
  EXPECT_NE(Draw(1, "a", 2), Draw(1, "a", 3));
  double sum = 0;
  for (uint64_t i = 0; i < 10'000; ++i) sum += DrawShare(9, "mean", i);
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Signals, ComeWithTheirWords) {
  EXPECT_EQ(Seen(Signal::kReason, "It works. That is because gradients add up. So."),
            "That is because gradients add up");
  EXPECT_FALSE(Seen(Signal::kReason, "It works."));
  EXPECT_TRUE(Seen(Signal::kQuadratic, "The cost is O(n^2) in the length"));
  EXPECT_TRUE(Seen(Signal::kTradeOff, "An ALTERNATIVE is a window"));
  EXPECT_FALSE(Seen(Signal::kData, "metadatabase")) << "not inside of a word";
}

TEST(Signals, TellQuestionsFromAnswers) {
  EXPECT_TRUE(IsClarification("How much data is there, and which latency is allowed?"));
  EXPECT_FALSE(IsClarification("It is the chain rule. Shall I go on?"));
  EXPECT_FALSE(IsClarification("It is the chain rule."));
  EXPECT_FALSE(IsClarification(""));
  std::string longer = "so";
  for (int i = 0; i < 60; ++i) longer += " and so";
  EXPECT_FALSE(IsClarification(longer + "?"));
}

TEST(Signals, ExcerptsKeepCharactersWhole) {
  EXPECT_EQ(Excerpt("aбв", 0, 5, 2), "a");
  EXPECT_EQ(Excerpt("aбв", 2, 5, 100), "в");
  EXPECT_EQ(Excerpt("abc", 7, 9, 5), "");
  EXPECT_EQ(Excerpt("one two three", 0, 13, 9), "one two ...");
}

v1::AskedQuestion Answered(double score, int64_t seconds, v1::Level level = v1::LEVEL_CORE) {
  v1::AskedQuestion asked;
  asked.set_score(score);
  asked.set_level(level);
  asked.set_time_target_s(100);
  asked.set_end(v1::QUESTION_END_ANSWERED);
  v1::AnswerPart& part = *asked.add_parts();
  part.set_answer("something");
  part.set_answered_ms(seconds * 1000);
  return asked;
}

v1::Level LevelAfter(std::vector<v1::AskedQuestion> questions) {
  v1::InterviewSession session = {};
  session.set_level(v1::LEVEL_CORE);
  for (const v1::AskedQuestion& question : questions) *session.add_asked() = question;
  AdaptLevel(&session);
  return session.level();
}

TEST(Difficulty, TakesMarkAndTimeToGoUpAndAWeakMarkToGoDown) {
  const v1::AskedQuestion other = Answered(0.5, 90);
  EXPECT_EQ(LevelAfter({other, Answered(0.9, 50)}), v1::LEVEL_ADVANCED);
  EXPECT_EQ(LevelAfter({other, Answered(0.9, 90)}), v1::LEVEL_CORE);
  EXPECT_EQ(LevelAfter({other, Answered(0.5, 10)}), v1::LEVEL_CORE);
  EXPECT_EQ(LevelAfter({other, Answered(0.2, 50)}), v1::LEVEL_FOUNDATION);
  v1::AskedQuestion hinted = Answered(0.9, 50);
  hinted.add_hints();
  EXPECT_EQ(LevelAfter({other, hinted}), v1::LEVEL_CORE);
}

TEST(Difficulty, OneSlowAnswerKeepsFromTheHardest) {
  v1::InterviewSession session;
  session.set_level(v1::LEVEL_FOUNDATION);
  for (int i = 0; i < 3; ++i) *session.add_asked() = Answered(0.9, 50);
  AdaptLevel(&session);
  EXPECT_TRUE(session.hardest());
  *session.mutable_asked(0) = Answered(0.9, 99);
  AdaptLevel(&session);
  EXPECT_FALSE(session.hardest());
}

TEST(Marks, AWrongAdditionLowersTheMark) {
  const v1::TheoryQuestion& question = *testing::SmallContext().bank->FindTheory("backprop");
  v1::AskedQuestion asked;
  asked.add_parts()->set_answer("the chain rule and one backward pass");
  MarkAnswer(question, testing::SmallContext().grader, &asked);
  EXPECT_NEAR(asked.score(), 0.5, 1e-12);
  asked.add_parts()->set_answer("gradients vanish because the data are noisy");
  MarkAnswer(question, testing::SmallContext().grader, &asked);
  EXPECT_NEAR(asked.score(), 1.0 / 6, 1e-12);  // the misconception voids the first point
}

TEST(Clock, AnOverrunIsTakenFromThePhasesAfterIt) {
  v1::InterviewSession session;
  for (const int minutes : {10, 20}) session.add_phases()->set_budget_ms(minutes * 60'000);
  EXPECT_EQ(PhaseDeadlineMs(session, 0), 600'000);
  session.mutable_phases(1)->set_begun(true);
  session.mutable_phases(1)->set_begun_ms(720'000);  // two minutes late
  EXPECT_EQ(PhaseDeadlineMs(session, 1), 1'800'000);
  session.mutable_phases(1)->set_begun_ms(1'500'000);  // far too late: half of its time
  EXPECT_EQ(PhaseDeadlineMs(session, 1), 2'100'000);
}

TEST(Pushes, AreQuestionsThatCanBeGraded) {
  EXPECT_GE(Pushes().questions_size(), 2);
  for (const v1::TheoryQuestion& push : Pushes().questions()) {
    EXPECT_TRUE(push.id().starts_with("push-"));
    EXPECT_GE(push.points_size(), 4);
    EXPECT_EQ(push.hints_size(), 4);
    EXPECT_EQ(EmbeddedBank().FindTheory(push.id()), nullptr) << "the id is taken";
    for (const std::string& resource : push.resources())
      EXPECT_NE(EmbeddedBank().FindResource(resource), nullptr) << resource;
    for (const std::string& topic : push.topics())
      EXPECT_NE(EmbeddedBank().FindTopic(topic), nullptr) << topic;
  }
}

std::vector<std::string> Observed(std::vector<v1::AskedQuestion> questions) {
  v1::InterviewSession session;
  for (const v1::AskedQuestion& question : questions) *session.add_asked() = question;
  std::vector<std::string> ids;
  for (const v1::Observation& observation : Observe(testing::SmallContext(), session))
    ids.push_back(observation.id());
  return ids;
}

v1::AskedQuestion Said(const std::string& answer, v1::QuestionKind kind = v1::QUESTION_KIND_CONCEPT) {
  v1::AskedQuestion asked = Answered(0.5, 50);
  asked.set_kind(kind);
  asked.mutable_parts(0)->set_answer(answer);
  return asked;
}

TEST(Observations, AreOfWhatWasSaid) {
  EXPECT_THAT(Observed({Said("We trained such a model in production.")}), Contains("own-experience"));
  EXPECT_THAT(Observed({Said("An alternative is a window, at the cost of recall.")}),
              Contains("names-trade-offs"));
  EXPECT_THAT(Observed({Said("I would use a Transformer.", v1::QUESTION_KIND_SYSTEM_DESIGN)}),
              Contains("transformer-by-default"));
  EXPECT_THAT(
      Observed({Said("I would use a Transformer rather than an RNN.", v1::QUESTION_KIND_SYSTEM_DESIGN)}),
      Not(Contains("transformer-by-default")));
  EXPECT_THAT(Observed({Said("A big model.", v1::QUESTION_KIND_SYSTEM_DESIGN)}), Contains("forgets-data"));
  EXPECT_THAT(Observed({Said("A big model.", v1::QUESTION_KIND_SYSTEM_DESIGN)}),
              Contains("no-clarifying-questions"));
  EXPECT_THAT(Observed({Said("Assume a latency of 50 ms; the data come from logs.",
                             v1::QUESTION_KIND_SYSTEM_DESIGN)}),
              Not(Contains("no-clarifying-questions")));
  EXPECT_THAT(Observed({Said("x"), Said("x"), Said("x"), Said("x")}), Contains("recites"));
}

TEST(Observations, BluffingIsBeingWrongWithoutADoubt) {
  v1::AskedQuestion sure = Said("It is linear."), unsure = Said("I am not sure, but it is linear.");
  sure.mutable_grade()->add_misconceptions()->set_correction("It is quadratic.");
  *unsure.mutable_grade() = sure.grade();
  EXPECT_THAT(Observed({sure}), Contains("bluffs"));
  EXPECT_THAT(Observed({unsure}), Not(Contains("bluffs")));
}

}  // namespace
}  // namespace ringside::evaluator
