#include "evaluator/design/report.h"

#include <string>
#include <vector>

#include "evaluator/design/grade.h"
#include "evaluator/design/question.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::evaluator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<v1::Scorecard> Cards() {
  const v1::DesignQuestion question = *ResolveQuestion(testing::SomeQuestion());
  const auto grade = [&](const std::string& who, const Outcome& outcome) {
    return GradeDesign(question, testing::SomeAnswer(who), outcome, testing::SomeBest());
  };
  return {Ungraded(question, testing::SomeAnswer("eve"), "plan: is missing"),
          grade("bob", testing::SomeInfeasibleOutcome()), grade("ada", testing::SomeOutcome())};
}

TEST(RankingTableTest, IsOneLineACardBestFirst) {
  EXPECT_EQ(RankingTable(Cards()),
            "  #  candidate  total  feasible  efficient  tokens/s    memory  bottleneck  basis\n"
            "  1  ada        0.940      1.00       0.80      1.00      1.00        1.00  measured\n"
            "  2  bob        0.000      0.00       0.00      0.00      0.00        0.00  measured\n"
            "  -  eve        not graded: plan: is missing\n");
}

TEST(EvidenceListingTest, ShowsFiguresAndWhereTheyStand) {
  const std::string text = EvidenceListing(Cards()[2]);
  EXPECT_THAT(text, HasSubstr("ada: 0.940 of 1 (measured: its 4 ranks fit this machine)"));
  EXPECT_THAT(
      text,
      HasSubstr("efficiency             0.80 x 0.30  1000 tokens/s, 80.0 % of the best plan found (1250"));
  EXPECT_THAT(text, HasSubstr("peak_bytes = 41943040 bytes [measured] job 7, rank 1, step 1, op 12"));
  EXPECT_THAT(text, HasSubstr("best plan found: dp2-tp2-pp1 mb4x2, 1250 tokens/s"));
  EXPECT_THAT(text, HasSubstr("note: The rationale's free text was not scored."));
}

TEST(JsonTest, HoldsEveryCardBestFirst) {
  const nlohmann::json json = ToJson(Cards());
  const nlohmann::json& cards = json.at("scorecards");
  ASSERT_EQ(cards.size(), 3u);
  EXPECT_EQ(cards[0].at("candidate"), "ada");
  EXPECT_EQ(cards[0].at("place"), 1);
  EXPECT_EQ(cards[0].at("basis"), "measured");
  EXPECT_EQ(cards[0].at("areas")[1].at("area"), "efficiency");
  EXPECT_EQ(cards[0].at("areas")[1].at("evidence")[0].at("value"), 1000);
  EXPECT_EQ(cards[0].at("best_plan").at("tp"), 2);
  EXPECT_FALSE(cards[0].contains("error"));
  EXPECT_EQ(cards[2].at("error"), "plan: is missing");
  EXPECT_FALSE(cards[2].contains("place"));
}

TEST(ReportTest, ACandidatesTextIsNeverMarkupNorATerminalCommand) {
  std::vector<v1::Scorecard> cards = Cards();
  const std::string evil = "<script>alert(1)</script>\x1b[2J\"'\xff";
  for (v1::Scorecard& card : cards) card.set_candidate(evil);
  cards[0].set_error("plan of <b onload=x>");
  for (const v1::Scorecard& card : cards) {
    const std::string html = ScorecardHtml(card, 1);
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;?[2J&quot;&#39;?"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<b onload")));
    EXPECT_THAT(EvidenceListing(card), Not(HasSubstr("\x1b")));
  }
  EXPECT_THAT(RankingTable(cards), Not(HasSubstr("\x1b")));
  EXPECT_NO_THROW(ToJson(cards).dump());
}

TEST(HtmlTest, MarksClaimsByTheirVerdictAndEscapesTheRest) {
  v1::Scorecard card;
  card.set_rationale("A <b> is 5 GB & more.\nNo.");
  v1::Claim& right = *card.mutable_claims()->add_claims();
  right.mutable_span()->set_begin(9), right.mutable_span()->set_end(13);
  right.set_verdict(v1::CLAIM_VERDICT_SUPPORTED);
  v1::Claim& within = *card.mutable_claims()->add_claims();  // of the first: not marked again
  within.mutable_span()->set_begin(11), within.mutable_span()->set_end(13);
  v1::Claim& beyond = *card.mutable_claims()->add_claims();
  beyond.mutable_span()->set_begin(22), beyond.mutable_span()->set_end(900);
  beyond.set_verdict(v1::CLAIM_VERDICT_CONTRADICTED);
  EXPECT_EQ(MarkedRationaleHtml(card),
            "A &lt;b&gt; is <mark class=\"rs-yes\" title=\"\">5 GB</mark> &amp; more. "
            "<mark class=\"rs-no\" title=\"\">No.</mark>");
}

TEST(HtmlTest, ThePageHoldsQuestionRankingAndCards) {
  v1::DesignQuestion question;
  question.set_title("A & B");
  question.set_prompt("First.\n\nSecond <line>.");
  const std::string html = DesignReportHtml(question, Cards());
  EXPECT_THAT(html, HasSubstr("<h1>A &amp; B</h1>"));
  EXPECT_THAT(html, HasSubstr("<p>First.</p><p>Second &lt;line&gt;.</p>"));
  EXPECT_THAT(html, HasSubstr("rs-ranking"));
  EXPECT_THAT(html, Not(HasSubstr("http")));
}

TEST(HtmlTest, ShowsPlaceTotalBarsAndEvidence) {
  const std::string html = ScorecardHtml(Cards()[2], 1);
  EXPECT_THAT(html, AllOf(HasSubstr("<h3>1. ada</h3>"), HasSubstr("rs-total\">0.940")));
  EXPECT_THAT(html, HasSubstr("width:80%"));
  EXPECT_THAT(html, HasSubstr("<details><summary"));
  EXPECT_THAT(html, Not(HasSubstr("http")));  // self-contained
}

}  // namespace
}  // namespace ringside::evaluator
