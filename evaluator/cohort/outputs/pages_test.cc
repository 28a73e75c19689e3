#include "evaluator/cohort/outputs/marked_text.h"
#include "evaluator/cohort/outputs/testing.h"
#include "evaluator/cohort/outputs/walk.h"

namespace ringside::cohort {
namespace {

using testing::HasSubstr;
using testing::Not;

Highlight Mark(int begin, int end, int label = 0, bool wrong = false) {
  Highlight highlight;
  highlight.span.set_begin(begin);
  highlight.span.set_end(end);
  highlight.label = label;
  highlight.wrong = wrong;
  return highlight;
}

TEST(MarkedHtml, MarksAndNumbersWhatEarnedPoints) {
  EXPECT_EQ(MarkedHtml("one two three", {Mark(4, 7, 2)}), "one <mark>two</mark><sup>2</sup> three");
  EXPECT_EQ(MarkedHtml("one two three", {Mark(0, 7, 1), Mark(4, 13, 2)}),
            "<mark>one </mark><mark>two</mark><sup>1</sup><mark> three</mark><sup>2</sup>");
  EXPECT_EQ(MarkedHtml("one two", {Mark(0, 7, 1), Mark(4, 7, 0, true)}),
            "<mark>one </mark><mark class=\"wrong\">two</mark><sup>1</sup>");
  EXPECT_EQ(MarkedHtml("ab", {Mark(0, 1, 1), Mark(1, 2, 1)}), "<mark>a</mark><mark>b</mark><sup>1</sup>");
}

TEST(MarkedHtml, BearsAnySpan) {
  for (const auto& [begin, end] : {std::pair(-5, 2), {2, 1}, {0, 999}, {7, 9}, {1, 2}}) {
    const std::string html = MarkedHtml("\xC3\xA4\xC3\xB6\xC3\xBC", {Mark(begin, end, 1)});
    EXPECT_THAT(html, Not(HasSubstr("?"))) << begin << " " << end;  // no character was cut in two
  }
}

TEST(MarkedHtml, EscapesAndKeepsLines) {
  EXPECT_EQ(MarkedHtml("a\r\n<b>\t&\x01", {}), "a\n&lt;b&gt;    &amp;?");
}

TEST(MarkedHtml, CutsWhatIsVeryLong) {
  const std::string html = MarkedHtml(std::string(kMaxShownBytes + 7, 'x'), {});
  EXPECT_THAT(html, HasSubstr("[7 more bytes are not shown]"));
}

// All links of the page that lead into this folder, and whether their files and anchors are there.
void ExpectLinksLead(const std::string& folder, const std::string& page, const std::string& html) {
  const std::string base = std::filesystem::path(page).parent_path();
  for (size_t at = html.find("href=\""); at != std::string::npos; at = html.find("href=\"", at + 1)) {
    const std::string link = html.substr(at + 6, html.find('"', at + 6) - at - 6);
    const std::string path = link.substr(0, link.find('#'));
    std::ifstream file(folder + "/" + base + "/" + path);
    ASSERT_TRUE(file.good()) << link;
    if (path == link) continue;
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("id=\"" + link.substr(path.size() + 1) + "\"")) << link;
  }
}

class Pages : public InCohort {};

TEST_F(Pages, ShowWhatWasAnsweredAndLinkToIt) {
  v1::CohortGrade grade;
  grade.set_score(0.5);
  v1::PointGrade* earned = grade.mutable_theory()->add_points();
  earned->set_point("sums-gradients");
  earned->set_earned(1);
  *earned->add_spans() = Mark(0, 3).span;
  v1::MisconceptionHit* wrong = grade.mutable_theory()->add_misconceptions();
  wrong->set_correction("Weights are not averaged.");
  wrong->add_voided("sums-gradients");
  *wrong->add_spans() = Mark(4, 7).span;
  PutGrade("ada/1", "ada", "q", "one two", 1.0, grade);
  Put("b", "kurt", "q", "text", 0, std::nullopt, "cannot");
  Write();
  const std::string page = Read("candidates/c-3.html");
  EXPECT_THAT(page, HasSubstr("<mark>one</mark><sup>1</sup> <mark class=\"wrong\">two</mark>"));
  EXPECT_THAT(page, HasSubstr("Weights are not averaged."));
  EXPECT_THAT(page, HasSubstr("Costs point 1."));
  EXPECT_THAT(page, HasSubstr("a person gave 1.00"));
  EXPECT_THAT(page, Not(HasSubstr("ada")));  // anonymous
  const std::string report = Read("report.html");
  EXPECT_THAT(report, HasSubstr("not graded: cannot"));
  EXPECT_THAT(report, HasSubstr("Agreement with people"));
  ExpectLinksLead(options_.folder, "report.html", report);
  ExpectLinksLead(options_.folder, "candidates/c-3.html", page);
}

TEST_F(Pages, LoadNothingAndRunNothing) {
  Put("a", "ada", "q", "text", 0.5);
  Write();
  for (const char* name : {"report.html", "candidates/c-3.html"}) {
    const std::string html = Read(name);
    for (const char* load :
         {"<script", "<link", "<img", "src=", "http://", "https://", "url(", "@import", "onload"}) {
      EXPECT_THAT(html, Not(HasSubstr(load))) << name;
    }
    EXPECT_THAT(html, HasSubstr("prefers-color-scheme:dark"));
  }
}

TEST_F(Pages, ShowNothingOfTheCandidatesAsMarkup) {
  const std::string evil = "<script>alert(1)</script>\"'><img src=x onerror=1>\x1b[31m\xE2\x80\xAE";
  v1::CohortGrade grade;
  grade.set_score(0.5);
  grade.mutable_theory()->add_notes(evil);
  v1::PointGrade* point = grade.mutable_theory()->add_points();
  point->set_point(evil);
  point->set_reason(evil);
  grade.mutable_theory()->add_misconceptions()->set_correction(evil);
  PutGrade(evil, "ada", evil, evil, std::nullopt, grade);
  Put(evil + "2", "kurt", evil, evil, 0, std::nullopt, evil);
  v1::CohortGrade design;
  design.mutable_design()->set_plan_name(evil);
  design.mutable_design()->set_rationale(evil);
  design.mutable_design()->add_areas()->set_reason(evil);
  design.mutable_design()->add_strengths(evil);
  PutGrade("d", "barbara", "q", "", std::nullopt, design);
  options_.title = evil;
  options_.opinion_of = [&](const std::string&) {
    v1::JudgeOpinion opinion;
    opinion.set_reason(evil);
    opinion.set_model(evil);
    return std::optional(opinion);
  };
  Write();
  for (const char* name :
       {"report.html", "candidates/c-3.html", "candidates/c-4.html", "candidates/c-7.html"}) {
    const std::string html = Read(name);
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;")) << name;
    for (const char* markup : {"<script", "<img", "\x1b", "\xE2\x80\xAE"}) {
      EXPECT_THAT(html, Not(HasSubstr(markup))) << name;
    }
  }
}

TEST_F(Pages, AJudgeStandsBesideTheScore) {
  Put("ada/q", "ada", "q", "text", 0.25);
  options_.opinion_of = [](const std::string& id) -> std::optional<v1::JudgeOpinion> {
    EXPECT_EQ(id, "ada/q");
    v1::JudgeOpinion opinion;
    opinion.set_model("some-model");
    opinion.set_mark(0.9);
    opinion.set_reason("It says enough.");
    return opinion;
  };
  Write();
  const std::string page = Read("candidates/c-3.html");
  EXPECT_THAT(page, HasSubstr("Opinion of the judge some-model: 0.90</b> (does not count)"));
  EXPECT_THAT(page, HasSubstr("<div class=\"score bad\">0.25</div>"));
  EXPECT_EQ(ParseCsv(Read("grades.csv")).at(1).at(3), "0.25");
}

}  // namespace
}  // namespace ringside::cohort
