#include "evaluator/interview/report.h"

#include <nlohmann/json.hpp>

#include "evaluator/interview/script.h"
#include "evaluator/interview/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::InterviewSession SomeSession(const std::string& candidate, const std::string& answer) {
  v1::InterviewSetup setup = testing::SomeSetup();
  setup.set_candidate(candidate);
  std::vector<v1::InterviewEvent> script = {testing::Event(v1::INTERVIEW_EVENT_KIND_SAY, 60'000, answer)};
  return Play(testing::SmallContext(), setup, script)->session();
}

TEST(ScorecardHtml, MarksTheWordsThatEarnedPoints) {
  const std::string html = ScorecardHtml(
      testing::SmallContext(),
      SomeSession("Ada", "It uses the chain rule, because gradients vanish because the data are noisy."));
  EXPECT_THAT(html, HasSubstr("<mark class=\"wrong\">gradients vanish because the data are noisy</mark>"));
  EXPECT_THAT(html, HasSubstr("Fundamentals"));
  EXPECT_THAT(html, HasSubstr("x -&gt; f"));
}

TEST(ScorecardHtml, NothingOfACandidateIsMarkup) {
  const std::string html =
      ScorecardHtml(testing::SmallContext(),
                    SomeSession("<script>alert(1)</script>", "<img src=x onerror=y> chain rule \xff & more"));
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("<mark>chain rule</mark>"));
}

TEST(ScorecardJson, IsADocumentWithEveryQuestion) {
  const auto json =
      nlohmann::json::parse(ScorecardJson(SomeSession("Ada \xff", "chain rule, \xff\xfe because")));
  EXPECT_EQ(json["areas"].size(), 4u);
  EXPECT_EQ(json["questions_asked"].size(), 1u);
  EXPECT_EQ(json["strengths"].size(), 3u);
  EXPECT_NEAR(json["questions_asked"][0]["score"], 2.0 / 6, 1e-12);
}

TEST(ScorecardText, NoControlCharacterReachesTheTerminal) {
  const v1::InterviewSession session = SomeSession("Ada\x1b[31m", "chain rule \x1b]0;title\x07, because");
  for (const std::string& text : {ScorecardText(session.scorecard()), TranscriptText(session)}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
  }
}

TEST(DateText, IsUtc) {
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(1'790'000'000), "2026-09-21");
  EXPECT_EQ(MinutesText(61'500), "01:01");
}

}  // namespace
}  // namespace ringside::evaluator
