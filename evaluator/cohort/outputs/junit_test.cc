#include <string_view>

#include "evaluator/cohort/outputs/testing.h"

namespace ringside::cohort {
namespace {

using testing::HasSubstr;
using testing::Not;

// Whether `xml` is well-formed, as far as junit.xml goes: elements nest, attributes are quoted and hold no
// '<', every '&' begins one of the five entities or a number, there are no characters that XML lacks.
std::string XmlFault(std::string_view xml) {
  std::vector<std::string> open;
  const auto text_fault = [](std::string_view text) -> std::string {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c < 0x20 && c != '\n') return "a control character";
      if (c == '<' || c == '>') return "a bare angle";
      if (text.substr(i).starts_with("\xEF\xBF\xBE") || text.substr(i).starts_with("\xEF\xBF\xBF"))
        return "U+FFFE/F";
      if (c != '&') continue;
      const std::string entity(text.substr(i, text.substr(i).find(';') + 1));
      if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;" &&
          entity != "&#39;") {
        return "entity " + entity;
      }
    }
    return "";
  };
  constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  if (!xml.starts_with(kHead)) return "no declaration";
  xml.remove_prefix(kHead.size());
  bool any = false;
  while (!xml.empty()) {
    const size_t tag = std::min(xml.find('<'), xml.size());
    if (const std::string fault = text_fault(xml.substr(0, tag)); !fault.empty()) return fault;
    if (open.empty() && xml.substr(0, tag).find_first_not_of('\n') != std::string_view::npos)
      return "text outside";
    xml.remove_prefix(tag);
    if (xml.empty()) break;
    size_t end = 1;
    for (bool quoted = false; end < xml.size() && (quoted || xml[end] != '>'); ++end)
      quoted ^= xml[end] == '"';
    if (end == xml.size()) return "a tag without end";
    std::string_view inside = xml.substr(1, end - 1);
    xml.remove_prefix(end + 1);
    if (inside.starts_with("/")) {
      if (open.empty() || open.back() != inside.substr(1)) return "closes " + std::string(inside);
      open.pop_back();
      continue;
    }
    if (open.empty() && any) return "two roots";
    any = true;
    const bool empty = inside.ends_with("/");
    if (empty) inside.remove_suffix(1);
    const size_t name = std::min(inside.find(' '), inside.size());
    if (!empty) open.emplace_back(inside.substr(0, name));
    inside.remove_prefix(name);
    while (!inside.empty()) {
      const size_t quote = inside.find("=\"");
      const size_t close = quote == std::string_view::npos ? quote : inside.find('"', quote + 2);
      if (inside[0] != ' ' || close == std::string_view::npos) return "attribute " + std::string(inside);
      if (const std::string fault = text_fault(inside.substr(quote + 2, close - quote - 2)); !fault.empty())
        return fault;
      inside.remove_prefix(close + 1);
    }
  }
  return open.empty() && any ? "" : "not closed";
}

TEST(XmlFault, TellsWellFormedFromBroken) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  EXPECT_EQ(XmlFault(head + "<a b=\"1\"><c/>x &amp; y</a>\n"), "");
  for (const char* broken :
       {"<a>", "<a></b>", "<a b=1/>", "<a>&x;</a>", "<a b=\"<\"/>", "<a/><b/>", "<a>\x01</a>", ""}) {
    EXPECT_NE(XmlFault(head + broken), "") << broken;
  }
}

class Junit : public InCohort {};

TEST_F(Junit, HasASuiteAQuestionAndACaseAnAnswer) {
  Put("a", "ada", "q1", "text", 0.75);
  Put("b", "kurt", "q2", "text", 0.75);
  Put("c", "kurt", "q1", "text", 0.25);
  Put("d", "eve", "q1", "text", 0, std::nullopt, "cannot be read");
  Put("e", "ada", "q2", "text", 0.5);  // at the mark: passes
  Write();
  const std::string xml = Read("junit.xml");
  EXPECT_EQ(XmlFault(xml), "");
  EXPECT_THAT(
      xml, HasSubstr("<testsuites name=\"Cohort\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"0\">"));
  EXPECT_THAT(xml,
              HasSubstr("<testsuite name=\"q1\" tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\">"));
  EXPECT_THAT(xml,
              HasSubstr("<testsuite name=\"q2\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"0\">"));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"q1\" name=\"c-3 a\"/>"));
  EXPECT_THAT(xml,
              HasSubstr("<failure type=\"score\" message=\"score 0.250 is below 0.500\">Missed (0.25 of 1)"));
  EXPECT_THAT(
      xml, HasSubstr("<error type=\"not-graded\" message=\"not graded\">Not graded: cannot be read</error>"));
}

TEST_F(Junit, FollowsThePassMark) {
  Put("a", "ada", "q1", "text", 0.75);
  options_.pass_mark = 0.8;
  Write();
  EXPECT_THAT(Read("junit.xml"), HasSubstr("failures=\"1\""));
}

TEST_F(Junit, IsWellFormedWhateverNamesSay) {
  Put("]]></testcase>&\"'<", "ada", "q<1>&\x01\x1b[31m\xEF\xBF\xBF", "text", 0, std::nullopt,
      "bad \"x\" <y> & \x02 \xEF\xBF\xBE \xF0\x9F\x98\x80\nnext line");
  options_.title = "A & <B>";
  Write();
  EXPECT_EQ(XmlFault(Read("junit.xml")), "") << Read("junit.xml");
  EXPECT_THAT(Read("junit.xml"), HasSubstr("\xF0\x9F\x98\x80"));
}

TEST_F(Junit, AnEmptyCohortIsAnEmptyRoot) {
  Write();
  EXPECT_EQ(XmlFault(Read("junit.xml")), "");
}

}  // namespace
}  // namespace ringside::cohort
