#include "evaluator/cohort/outputs/answer_html.h"
#include "evaluator/cohort/outputs/page.h"
#include "evaluator/design/scenario_of.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

std::string AreasHtml(const v1::Scorecard& card) {
  std::string rows;
  for (const v1::AreaScore& area : card.areas()) {
    std::string evidence;
    for (const v1::Evidence& piece : area.evidence()) {
      evidence +=
          fmt::format("<li>{} = {:.4g} {} <span class=\"faint\">{}</span></li>", Line(piece.quantity(), 120),
                      piece.value(), Line(piece.unit(), 40), Line(piece.where(), 300));
    }
    rows += fmt::format(
        "<tr><td><b>{}</b></td><td class=\"n\">{}</td><td class=\"n\">{:.2f}</td><td>{}{}</td></tr>\n",
        Line(area.area(), 80), FigureWithBar(area.score()), area.weight(), Line(area.reason()),
        evidence.empty()
            ? ""
            : fmt::format("<details><summary>evidence</summary><ul class=\"plain small\">{}</ul></details>",
                          evidence));
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<div class=\"scroll\"><table><tr><th>Area</th><th class=\"n\">Score</th><th class=\"n\">Weight</th>"
      "<th>Why</th></tr>\n{}</table></div>\n",
      rows);
}

std::string CounterfactualsHtml(const v1::Scorecard& card) {
  std::string rows;
  for (const v1::Counterfactual& other : card.counterfactuals()) {
    rows += fmt::format(
        "<tr><td>{}{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", Line(other.change(), 200),
        other.is_best() ? " <span class=\"faint\">best plan found</span>" : "",
        other.fits() ? fmt::format("&times; {:.2f}", other.factor()) : "does not fit", Line(other.reason()));
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<details><summary>What another plan would have given</summary><div "
      "class=\"scroll\"><table><tr><th>Change</th>"
      "<th class=\"n\">Objective</th><th>Because</th></tr>\n{}</table></div></details>\n",
      rows);
}

std::string ListHtml(std::string_view title, const google::protobuf::RepeatedPtrField<std::string>& lines) {
  std::string items;
  for (const std::string& line : lines) items += fmt::format("<li>{}</li>", Line(line));
  return items.empty() ? ""
                       : fmt::format("<p><b>{}</b></p><ul class=\"plain\">{}</ul>\n", Line(title), items);
}

}  // namespace

std::string DesignHtml(const v1::Scorecard& card, const std::string& rationale, const std::string& question,
                       const evaluator::Bank* bank) {
  std::string html;
  if (!card.plan_name().empty()) {
    html += fmt::format("<p>Plan <b>{}</b>; best found {}. <span class=\"faint\">{}</span></p>\n",
                        Line(card.plan_name(), 200), Line(evaluator::PlanName(card.best_plan()), 200),
                        Line(card.basis_reason()));
  }
  html += AreasHtml(card) + CounterfactualsHtml(card);
  html += ListHtml("Strengths", card.strengths()) + ListHtml("To improve", card.improvements());
  // The spans are of the text that was graded, which the card carries.
  const std::string& text = card.rationale().empty() ? rationale : card.rationale();
  if (!text.empty()) {
    std::vector<Highlight> highlights = HighlightsOf(card.coverage());
    for (const v1::Claim& claim : card.claims().claims()) {
      if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED) highlights.push_back({claim.span(), 0, true});
    }
    html += fmt::format("<div class=\"said\">{}</div>\n", MarkedHtml(text, highlights));
  }
  html += PointsHtml(card.coverage(), question, bank);
  for (const v1::Claim& claim : card.claims().claims()) {
    if (claim.verdict() != v1::CLAIM_VERDICT_CONTRADICTED) continue;
    html += fmt::format("<div class=\"wrongs\"><b>Not so.</b> {}</div>\n", Line(claim.reason()));
  }
  for (const std::string& note : card.notes())
    html += fmt::format("<p class=\"faint small\">{}</p>\n", Line(note));
  return html;
}

}  // namespace ringside::cohort
