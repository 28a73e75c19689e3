#include "evaluator/interview/interview.h"

#include <optional>
#include <set>

#include "evaluator/interview/rules.h"
#include "evaluator/interview/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::AnyOf;
using testing::Event;
using testing::FullAnswer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SmallContext;
using testing::SomeSetup;
using Turns = std::vector<v1::InterviewTurn>;

// An interview and its clock.
class Candidate {
 public:
  explicit Candidate(v1::InterviewSetup setup = SomeSetup()) {
    auto started = Interview::Start(SmallContext(), setup, 0);
    EXPECT_TRUE(started.ok()) << started.status();
    interview_.emplace(*std::move(started));
  }
  Turns Do(v1::InterviewEventKind kind, int64_t after_s, const std::string& text = "") {
    at_ms_ += after_s * 1000;
    return interview_->Handle(Event(kind, at_ms_, text));
  }
  Turns Say(const std::string& text, int64_t after_s = 60) {
    return Do(v1::INTERVIEW_EVENT_KIND_SAY, after_s, text);
  }
  Turns AnswerFully(int64_t after_s = 30) { return Say(FullAnswer(SmallContext(), session()), after_s); }
  // Until the next question was put, follow-ups answered with the same words.
  void Through(bool well, int64_t after_s = 30) {
    const int asked = session().asked_size();
    for (int i = 0; i < 6 && !session().ended() && session().asked_size() == asked; ++i) {
      well ? AnswerFully(after_s) : Say("It is what it is, I would say, in general.", after_s);
    }
  }
  const v1::InterviewSession& session() const { return interview_->session(); }
  const v1::AskedQuestion& open() const { return *session().asked().rbegin(); }

 private:
  std::optional<Interview> interview_;
  int64_t at_ms_ = 0;
};

std::string Kinds(const Turns& turns) {
  std::string kinds;
  for (const v1::InterviewTurn& turn : turns) kinds += (kinds.empty() ? "" : " ") + turn.kind();
  return kinds;
}

TEST(Interview, GreetsAndAsksAtOnce) {
  const Candidate candidate;
  ASSERT_EQ(candidate.session().turns_size(), 2);
  EXPECT_EQ(candidate.session().turns(0).kind(), "greeting");
  EXPECT_THAT(candidate.session().turns(0).text(), HasSubstr("Ada"));
  EXPECT_EQ(candidate.session().turns(1).kind(), "question");
  EXPECT_EQ(candidate.open().id(), "backprop");
  EXPECT_THAT(candidate.session().turns(0).text(), Not(AnyOf(HasSubstr("ready"), HasSubstr("I can"))));
}

TEST(Interview, AWeakWarmUpIsProbedAndStaysEasiest) {
  Candidate candidate;
  candidate.Through(false, 60);
  EXPECT_THAT(candidate.open().id(), AnyOf("chain-rule", "graphs", "flow"));
  EXPECT_TRUE(candidate.session().held_at_easiest());
  for (int i = 0; i < 5; ++i) candidate.Through(true, 20);  // strong and fast from here on
  EXPECT_EQ(candidate.session().level(), v1::LEVEL_FOUNDATION);
}

TEST(Interview, AStrongWarmUpGoesOnToWhatIsBuiltOnIt) {
  Candidate candidate;
  candidate.Through(true);
  EXPECT_THAT(candidate.open().id(), AnyOf("skips", "gating", "norms"));
  EXPECT_FALSE(candidate.session().held_at_easiest());
}

TEST(Interview, LevelNeedsMarksAndTime) {
  Candidate fast, slow;
  fast.Through(true, 20);
  slow.Through(true, 170);  // 180 s are the question's time
  EXPECT_EQ(fast.session().level(), v1::LEVEL_CORE);
  EXPECT_EQ(slow.session().level(), v1::LEVEL_FOUNDATION);
}

TEST(Interview, EverythingWellAndFastGoesToTheHardestWithConditions) {
  Candidate candidate;
  for (int i = 0; i < 4; ++i) candidate.Through(true, 10);
  EXPECT_TRUE(candidate.session().hardest());
  EXPECT_EQ(candidate.session().level(), v1::LEVEL_ADVANCED);
  const Turns turns = candidate.AnswerFully(10);
  EXPECT_THAT(Kinds(turns), HasSubstr("follow-up"));
}

TEST(Interview, PhasesFollowEachOtherAndTwoArchitecturesAtMost) {
  Candidate candidate;
  std::set<std::string> deep;
  std::vector<std::string> phases;
  while (!candidate.session().ended()) {
    const v1::AskedQuestion open = candidate.open();
    if (phases.empty() || phases.back() != open.phase()) phases.push_back(open.phase());
    if (open.phase() == "architecture" && !open.id().starts_with("push-")) deep.insert(open.topics(0));
    open.has_debugging() ? (void)candidate.Say(
                               "I think the labels are shuffled with respect to the inputs. Fix the pipeline "
                               "so that each image keeps its own label.")
                         : candidate.Through(true, 60);
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"foundations", "architecture", "training", "practical"}));
  EXPECT_EQ(deep.size(), 1u);  // the warm-up was strong
  EXPECT_EQ(candidate.session().end_reason(), "all parts are done");
}

TEST(Interview, AHintIsPricedBeforeItIsShownAndCosts) {
  Candidate with, without;
  Turns turns = with.Do(v1::INTERVIEW_EVENT_KIND_HINT, 10);
  EXPECT_EQ(Kinds(turns), "price");
  EXPECT_THAT(turns[0].text(), HasSubstr("10 %"));
  EXPECT_EQ(with.open().hints_size(), 0);
  turns = with.Do(v1::INTERVIEW_EVENT_KIND_HINT, 5);
  EXPECT_EQ(Kinds(turns), "hint");
  ASSERT_EQ(with.open().hints_size(), 1);
  with.AnswerFully(), without.AnswerFully();
  EXPECT_NEAR(with.session().asked(0).score(), 0.9 * without.session().asked(0).score(), 1e-12);
  EXPECT_NEAR(without.session().asked(0).score(), 1, 1e-12);
}

TEST(Interview, WhatWasEarnedBeforeAHintIsKept) {
  Candidate candidate;
  candidate.Say("The chain rule, because of a product of small factors.");  // 4 of 6 points
  const double before = candidate.session().asked(0).score();
  EXPECT_NEAR(before, 4.0 / 6, 1e-12);
}

TEST(Interview, TheFullAnswerEndsTheQuestionWithoutPoints) {
  Candidate candidate;
  for (int i = 0; i < 7; ++i) candidate.Do(v1::INTERVIEW_EVENT_KIND_HINT, 5);
  EXPECT_THAT(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_HINT, 5)), HasSubstr("hint question"));
  EXPECT_EQ(candidate.session().asked(0).hints_size(), 4);
  EXPECT_EQ(candidate.session().asked(0).end(), v1::QUESTION_END_SKIPPED);
  EXPECT_EQ(candidate.session().asked(0).score(), 0);
}

TEST(Interview, TheDiagramComesWithTheFullAnswer) {
  Candidate candidate;
  std::string shown;
  for (int i = 0; i < 8; ++i) {
    for (const auto& turn : candidate.Do(v1::INTERVIEW_EVENT_KIND_HINT, 5)) shown += turn.text();
  }
  EXPECT_THAT(shown, HasSubstr("x -> f -> g -> loss"));
}

TEST(Interview, EasierAndHarderExchangeTheQuestion) {
  Candidate candidate;
  while (candidate.open().phase() != "architecture") candidate.Through(true, 100);
  const std::string before = candidate.open().id();
  const v1::Level level = candidate.session().level();
  const Turns turns = candidate.Do(v1::INTERVIEW_EVENT_KIND_HARDER, 5);
  EXPECT_EQ(Kinds(turns), "reply question");
  EXPECT_NE(candidate.open().id(), before);
  EXPECT_EQ(candidate.session().level(), level + 1);
  EXPECT_EQ(candidate.session().asked(candidate.session().asked_size() - 2).end(), v1::QUESTION_END_SWAPPED);
}

TEST(Interview, QuestionsBackAreAnsweredAndDoNotCountAsAnswers) {
  Candidate candidate;
  const Turns turns = candidate.Say("Do you mean a feed-forward network or a recurrent one?", 5);
  EXPECT_EQ(Kinds(turns), "clarification");
  EXPECT_EQ(candidate.open().clarifications(), 1);
  EXPECT_TRUE(candidate.open().parts(0).answer().empty());
}

TEST(Interview, WhoDoesNotKnowIsEncouragedOnce) {
  Candidate candidate;
  EXPECT_EQ(Kinds(candidate.Say("I don't know.")), "encouragement");
  EXPECT_THAT(Kinds(candidate.Say("I don't know.")), Not(HasSubstr("encouragement")));
}

TEST(Interview, WhyComesBeforeWhatIf) {
  Candidate candidate;
  const Turns turns =
      candidate.Say("The chain rule and one backward pass, a product of small factors, residual.");
  EXPECT_EQ(Kinds(turns), "reply follow-up");
  EXPECT_THAT(turns.back().text(), HasSubstr("hy does it"));
}

TEST(Interview, AFollowUpAddsLessThanWhatWasSaidUnasked) {
  Candidate candidate;
  candidate.Say("The chain rule, a product of small factors.");  // 4 of 6, without a reason: asked why
  ASSERT_EQ(candidate.open().parts_size(), 2);
  candidate.Say("Because of one backward pass and the residual.");
  EXPECT_NEAR(candidate.session().asked(0).score(), 4.0 / 6 + kFollowUpShare * 2.0 / 6, 1e-12);
  EXPECT_NEAR(candidate.session().asked(0).first_grade().score(), 4.0 / 6, 1e-12);
}

TEST(Interview, ATextbookAnswerOnAttentionIsPushed) {
  v1::InterviewSetup setup = SomeSetup();
  setup.add_focus("attention");
  Candidate candidate(setup);
  while (candidate.open().phase() != "architecture") candidate.Through(true, 60);
  ASSERT_EQ(candidate.open().topics(0), "attention");
  candidate.Through(true, 60);
  EXPECT_EQ(candidate.open().id(), "push-long-sequences");
  EXPECT_THAT(candidate.open().parts(0).prompt(), HasSubstr("100,000"));
}

TEST(Interview, WhoNamesTheQuadraticCostIsNotPushed) {
  v1::InterviewSetup setup = SomeSetup();
  setup.add_focus("attention");
  Candidate candidate(setup);
  while (candidate.open().phase() != "architecture") candidate.Through(true, 60);
  const int asked = candidate.session().asked_size();
  while (candidate.session().asked_size() == asked) {
    candidate.Say(FullAnswer(SmallContext(), candidate.session()) + " Its cost is quadratic in the length.",
                  60);
  }
  EXPECT_NE(candidate.open().id(), "push-long-sequences");
}

TEST(Interview, APhaseThatOverrunsIsToldThenCut) {
  Candidate candidate;
  EXPECT_EQ(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 599)), "");
  EXPECT_EQ(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 2)), "time");
  EXPECT_EQ(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 60)), "");  // said once
  EXPECT_EQ(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 60)), "time phase question");
  EXPECT_EQ(candidate.open().phase(), "architecture");
}

TEST(Interview, SilenceCountsOnceAnAnswerHadItsTime) {
  Candidate silent;
  silent.Do(v1::INTERVIEW_EVENT_KIND_TICK, silent.open().time_target_s());
  silent.Do(v1::INTERVIEW_EVENT_KIND_END, 0);
  EXPECT_EQ(silent.session().asked(0).end(), v1::QUESTION_END_SKIPPED);
  EXPECT_EQ(silent.session().scorecard().questions(), 1);
  Candidate interrupted;
  interrupted.Do(v1::INTERVIEW_EVENT_KIND_TICK, interrupted.open().time_target_s() - 1);
  interrupted.Do(v1::INTERVIEW_EVENT_KIND_END, 0);
  EXPECT_EQ(interrupted.session().asked(0).end(), v1::QUESTION_END_CUT);
  EXPECT_EQ(interrupted.session().scorecard().questions(), 0);
}

TEST(Interview, WhatIsLongerThanAnAnswerMayBeIsSaid) {
  Candidate candidate;
  const Turns turns = candidate.Say(std::string(kMaxTextBytes + 1, 'x'));
  EXPECT_THAT(turns[0].text(), HasSubstr("the first 20000 bytes"));
  EXPECT_THAT(Kinds(candidate.Say(std::string(kMaxTextBytes, 'x'))), Not(HasSubstr("time")));
}

TEST(Interview, APauseDoesNotCount) {
  Candidate candidate;
  candidate.Do(v1::INTERVIEW_EVENT_KIND_PAUSE, 30);
  candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 4000);
  EXPECT_EQ(candidate.session().active_ms(), 30'000);
  candidate.Do(v1::INTERVIEW_EVENT_KIND_RESUME, 10);
  candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 5);
  EXPECT_EQ(candidate.session().active_ms(), 35'000);
  candidate.Do(v1::INTERVIEW_EVENT_KIND_END, 0);
  EXPECT_THAT(candidate.session().scorecard().notes(),
              ::testing::Contains(HasSubstr("The clock was stopped once")));
}

TEST(Interview, AClockThatGoesBackStandsStill) {
  auto interview = Interview::Start(SmallContext(), SomeSetup(), 1'000'000);
  ASSERT_TRUE(interview.ok());
  interview->Handle(Event(v1::INTERVIEW_EVENT_KIND_TICK, 1'010'000));
  interview->Handle(Event(v1::INTERVIEW_EVENT_KIND_TICK, 5));
  interview->Handle(Event(v1::INTERVIEW_EVENT_KIND_TICK, 1'005));
  EXPECT_EQ(interview->session().active_ms(), 11'000);
}

TEST(Interview, EndingAtOnceStillGivesAScorecard) {
  Candidate candidate;
  const Turns turns = candidate.Do(v1::INTERVIEW_EVENT_KIND_END, 5);
  EXPECT_EQ(Kinds(turns), "closing");
  const v1::InterviewScorecard& card = candidate.session().scorecard();
  EXPECT_EQ(card.areas_size(), 4);
  EXPECT_EQ(card.strengths_size(), 3);
  EXPECT_EQ(card.improvements_size(), 3);
  EXPECT_GE(card.resources_size(), 2);
  EXPECT_EQ(card.questions(), 0);
  EXPECT_TRUE(candidate.Say("more").empty());
}

TEST(Interview, TheDebuggingRoundScoresTheOrder) {
  const auto round = [](const std::vector<std::string>& requests) {
    Candidate candidate;
    while (!candidate.open().has_debugging()) candidate.Through(true, 60);
    for (const std::string& request : requests) candidate.Say(request, 20);
    const Turns turns = candidate.Say(
        "I think the labels are shuffled with respect to the inputs. Fix the pipeline so that each image "
        "keeps its own label.",
        60);
    EXPECT_THAT(Kinds(turns), HasSubstr("verdict"));
    for (const v1::AskedQuestion& asked : candidate.session().asked()) {
      if (asked.has_debugging()) return asked.score();
    }
    return -1.0;
  };
  const double in_order = round({"show me the loss curve", "samples?", "labels", "overfit one batch"});
  const double reversed = round({"bf16", "lower learning rate", "labels", "loss curve"});
  const double guessed = round({});
  EXPECT_GT(in_order, reversed);
  EXPECT_GT(reversed, guessed);
}

TEST(Interview, TheRoundAsksForAFixThatWasNotNamed) {
  Candidate candidate;
  while (!candidate.open().has_debugging()) candidate.Through(true, 60);
  EXPECT_EQ(Kinds(candidate.Say("labels", 10)), "evidence");
  EXPECT_EQ(Kinds(candidate.Say("I think the labels are shuffled with respect to the inputs.", 10)),
            "follow-up");
}

TEST(Interview, RapidFireGoesAgainstTheClock) {
  v1::InterviewSetup setup = SomeSetup();
  setup.set_mode(v1::INTERVIEW_MODE_RAPID_FIRE);
  Candidate candidate(setup);
  EXPECT_EQ(Kinds(candidate.AnswerFully(10)), "question");
  EXPECT_EQ(Kinds(candidate.Do(v1::INTERVIEW_EVENT_KIND_TICK, 61)), "time question");
  EXPECT_EQ(candidate.session().asked(1).end(), v1::QUESTION_END_SKIPPED);
  EXPECT_EQ(Kinds(candidate.AnswerFully(61)), "time question");  // without a tick before it
  EXPECT_EQ(candidate.session().asked(2).end(), v1::QUESTION_END_SKIPPED);
  while (!candidate.session().ended()) candidate.AnswerFully(10);
  EXPECT_EQ(candidate.session().scorecard().questions(), kRapidFireQuestions);
  // Neither recited nor unconnected: there was no room for more.
  for (const v1::Observation& seen : candidate.session().scorecard().observations())
    EXPECT_THAT(seen.id(), Not(AnyOf("recites", "textbook-only", "does-not-connect")));
  for (const v1::Improvement& improvement : candidate.session().scorecard().improvements())
    EXPECT_THAT(improvement.text(), Not(HasSubstr("--mode rapid_fire")));
}

TEST(Interview, TheDiagnosticGivesABand) {
  v1::InterviewSetup setup = SomeSetup();
  setup.set_mode(v1::INTERVIEW_MODE_DIAGNOSTIC);
  Candidate candidate(setup);
  for (int i = 0; !candidate.session().ended(); ++i)
    i < 5 ? candidate.AnswerFully() : candidate.Say("no idea at all");
  EXPECT_EQ(candidate.session().scorecard().answered_well(), 5);
  EXPECT_EQ(candidate.session().scorecard().band(), "Study the weak topics.");
}

TEST(Interview, FocusComesFirst) {
  v1::InterviewSetup setup = SomeSetup(3);
  setup.add_focus("cnns");
  Candidate candidate(setup);
  while (candidate.open().phase() != "architecture") candidate.Through(true, 60);
  EXPECT_EQ(candidate.open().topics(0), "cnns");
  EXPECT_THAT(candidate.open().reason(), HasSubstr("to work on"));
}

TEST(Interview, RefusesWhatCannotBe) {
  const auto error = [](auto change) {
    v1::InterviewSetup setup = SomeSetup();
    change(&setup);
    return std::string(Interview::Start(SmallContext(), setup, 0).status().message());
  };
  EXPECT_THAT(error([](auto* s) { s->set_id("../etc"); }), HasSubstr("setup.id"));
  EXPECT_THAT(error([](auto* s) { s->clear_mode(); }), HasSubstr("setup.mode"));
  EXPECT_THAT(error([](auto* s) { s->add_topics("cooking"); }), HasSubstr("setup.topics: there is no topic"));
  EXPECT_THAT(error([](auto* s) { s->set_debugging_round("none"); }), HasSubstr("setup.debugging_round"));
  EXPECT_THAT(error([](auto* s) { s->set_candidate(std::string(300, 'a')); }), HasSubstr("setup.candidate"));
}

TEST(Interview, ADamagedSessionIsRefused) {
  const Candidate candidate;
  const auto error = [&](auto change) {
    v1::InterviewSession session = candidate.session();
    change(&session);
    return std::string(Interview::Continue(SmallContext(), session, 0).status().message());
  };
  EXPECT_EQ(error([](auto*) {}), "");
  EXPECT_THAT(error([](auto* s) { s->set_phase(9); }), HasSubstr("phase"));
  EXPECT_THAT(error([](auto* s) { s->clear_phases(); }), HasSubstr("phases"));
  EXPECT_THAT(error([](auto* s) { s->clear_asked(); }), HasSubstr("open"));
  EXPECT_THAT(error([](auto* s) { s->mutable_asked(0)->set_id("gone"); }),
              HasSubstr("no longer in the bank"));
}

}  // namespace
}  // namespace ringside::evaluator
