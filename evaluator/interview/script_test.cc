#include "evaluator/interview/script.h"

#include "evaluator/interview/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

TEST(ParseScript, ReadsTimesVerbsAndLongLines) {
  const auto script = ParseScript(
      "# a comment\n+90 say The chain rule\n    goes backwards.\n\n+2.5 hint\n+0 evidence loss-curve\n",
      "a.script");
  ASSERT_TRUE(script.ok()) << script.status();
  ASSERT_EQ(script->size(), 3u);
  EXPECT_EQ((*script)[0].text(), "The chain rule goes backwards.");
  EXPECT_EQ((*script)[0].at_ms(), 90'000);
  EXPECT_EQ((*script)[1].at_ms(), 92'500);
  EXPECT_EQ((*script)[2].kind(), v1::INTERVIEW_EVENT_KIND_EVIDENCE);
}

TEST(ParseScript, NamesFileAndLineOfWhatIsWrong) {
  const auto error = [](std::string_view text) {
    return std::string(ParseScript(text, "a.script").status().message());
  };
  EXPECT_THAT(error("+1 say a\nhello"), HasSubstr("a.script:2: expected"));
  EXPECT_THAT(error("+1 dance"), HasSubstr("a.script:1: no verb \"dance\""));
  EXPECT_THAT(error("+-5 say"), HasSubstr("expected"));
  EXPECT_THAT(error("+nan say"), HasSubstr("expected"));
  EXPECT_THAT(error("  continued"), HasSubstr("no line before"));
  std::string many;
  for (int i = 0; i < 2001; ++i) many += "+0 tick\n";
  EXPECT_THAT(error(many), HasSubstr("more events"));
}

TEST(Play, EndsWhatTheScriptLeavesOpen) {
  const auto interview = Play(testing::SmallContext(), testing::SomeSetup(),
                              *ParseScript("+10 say The chain rule because", "a"));
  ASSERT_TRUE(interview.ok());
  EXPECT_TRUE(interview->session().ended());
  EXPECT_EQ(interview->session().active_ms(), 10'000);
}

}  // namespace
}  // namespace ringside::evaluator
