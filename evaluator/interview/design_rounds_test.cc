#include "evaluator/interview/design_rounds.h"

#include "evaluator/interview/interview.h"
#include "evaluator/interview/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

TEST(ParseDesignAnswer, TakesSettingsOutOfWords) {
  const auto answer = ParseDesignAnswer(
      "I take dp=4 and TP = 2, micro_batch=2, schedule=gpipe because x=3. tokens_per_s=1200.5");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->plan().dp(), 4);
  EXPECT_EQ(answer->plan().tp(), 2);
  EXPECT_EQ(answer->plan().schedule(), v1::SCHEDULE_GPIPE);
  EXPECT_EQ(answer->predictions().tokens_per_s(), 1200.5);
  EXPECT_THAT(answer->rationale(), HasSubstr("because"));
}

TEST(ParseDesignAnswer, TakesDigitsInGroups) {
  const auto answer = ParseDesignAnswer("dp=4,tp=2 tokens_per_s=1,234,500 peak_memory_mib=12,000, I think");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->plan().dp(), 4);
  EXPECT_EQ(answer->plan().tp(), 2);
  EXPECT_EQ(answer->predictions().tokens_per_s(), 1'234'500);
  EXPECT_EQ(answer->predictions().peak_memory_mib(), 12'000);
}

TEST(ParseDesignAnswer, SaysWhatCannotBe) {
  EXPECT_EQ(ParseDesignAnswer("I would use data parallelism.").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ParseDesignAnswer("dp=four").status().message(), HasSubstr("expected a whole number"));
  EXPECT_THAT(ParseDesignAnswer("dp=4 dp=2").status().message(), HasSubstr("dp is given twice"));
  EXPECT_FALSE(ParseDesignAnswer("dp=").ok());
  EXPECT_FALSE(ParseDesignAnswer("dp={a: [b}").ok());
}

TEST(DesignRounds, AreThoseOfTheBank) {
  const DesignRounds rounds(EmbeddedBank());
  ASSERT_EQ(rounds.questions().size(), EmbeddedBank().design().size());
  for (const v1::TheoryQuestion& question : rounds.questions()) {
    EXPECT_EQ(rounds.Find(question.id()), &question);
    EXPECT_EQ("design/" + rounds.Design(question.id())->id(), question.id());
    EXPECT_THAT(question.prompt(), HasSubstr("dp=4"));
  }
  EXPECT_EQ(rounds.Find("design/none"), nullptr);
}

// An interview that comes to its plan; the judge knows dp 4 only.
TEST(DesignRounds, APlanIsRunAndMayBeMended) {
  static const DesignRounds* const rounds = new DesignRounds(EmbeddedBank());
  InterviewContext context = testing::SmallContext();
  context.designs = rounds;
  int judged = 0;
  context.design = [&](const v1::DesignQuestion&,
                       const v1::DesignAnswer& answer) -> absl::StatusOr<v1::Scorecard> {
    ++judged;
    v1::Scorecard card;
    if (answer.plan().dp() != 4) {
      card.set_error("dp must be 4");
      return card;
    }
    card.set_total(0.8);
    card.set_basis(v1::ORIGIN_SIMULATED);
    card.set_plan_name("dp4");
    v1::AreaScore& area = *card.add_areas();
    area.set_area("efficiency");
    area.set_weight(1);
    area.set_score(0.8);
    area.set_reason("900 of 1,000 tokens/s");
    return card;
  };
  v1::InterviewSetup setup = testing::SomeSetup();
  for (uint64_t seed = 0; seed < 20; ++seed) {  // until one draws a plan
    setup.set_seed(seed);
    auto interview = *Interview::Start(context, setup, 0);
    int64_t at_ms = 0;
    const auto say = [&](const std::string& text) {
      return interview.Handle(testing::Event(v1::INTERVIEW_EVENT_KIND_SAY, at_ms += 30'000, text));
    };
    while (!interview.session().ended() &&
           !interview.session().asked().rbegin()->id().starts_with("design/")) {
      say(interview.session().asked().rbegin()->has_debugging()
              ? "I think it is the labels, because of the labels. Fix: none."
              : testing::FullAnswer(context, interview.session()));
    }
    if (interview.session().ended()) continue;
    EXPECT_EQ(say("Which network is between them?").front().kind(), "clarification");
    EXPECT_THAT(say("Data parallelism.").front().text(), HasSubstr("no setting of a plan"));
    EXPECT_THAT(say("dp=2").front().text(), HasSubstr("dp must be 4"));
    const auto turns = say("Then dp=4, as the error says.");
    EXPECT_THAT(turns.front().text(), HasSubstr("900 of 1,000 tokens/s"));
    EXPECT_EQ(judged, 2);
    EXPECT_TRUE(interview.session().ended());
    EXPECT_DOUBLE_EQ(interview.session().asked().rbegin()->score(), 0.8);
    return;
  }
  FAIL() << "no seed drew a plan";
}

}  // namespace
}  // namespace ringside::evaluator
