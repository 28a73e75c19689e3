#include <string>

#include "evaluator/design/areas.h"
#include "evaluator/design/report.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr char kStyle[] = R"(<style>
.rs-card { border: 1px solid #d8dee4; border-radius: 10px; padding: 20px 24px; margin: 22px 0; background: #fff;
  font: 14.5px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1b1f24; }
.rs-card h3 { font-size: 18px; margin: 0; } .rs-card h4 { font-size: 13px; margin: 20px 0 6px; color: #57606a;
  text-transform: uppercase; letter-spacing: .04em; }
.rs-card p { margin: 6px 0; max-width: none; }
.rs-head { display: flex; align-items: baseline; gap: 14px; flex-wrap: wrap; }
.rs-total { font-size: 26px; font-weight: 700; font-variant-numeric: tabular-nums; margin-left: auto; }
.rs-pill { font-size: 12px; padding: 2px 9px; border-radius: 99px; background: #ddf4ff; color: #0550ae; white-space: nowrap; }
.rs-pill.rs-sim { background: #fff8c5; color: #6b5300; }
.rs-faint { color: #57606a; } .rs-card code { font: 13px/1.4 ui-monospace, Menlo, Consolas, monospace; background: #f6f8fa;
  padding: 1px 6px; border-radius: 4px; }
.rs-table { border-collapse: collapse; width: 100%; margin: 4px 0; }
.rs-table td, .rs-table th { padding: 6px 10px 6px 0; vertical-align: top; text-align: left; border-bottom: 1px solid #eaeef2; }
.rs-table tr:last-child > * { border-bottom: none; }
.rs-table th { font-weight: 600; white-space: nowrap; }
.rs-num { font-variant-numeric: tabular-nums; white-space: nowrap; }
.rs-bar { width: 96px; height: 8px; margin-top: 7px; background: #eaeef2; border-radius: 4px; overflow: hidden; }
.rs-bar > div { height: 8px; background: #1a7f37; } .rs-bar.rs-mid > div { background: #bf8700; } .rs-bar.rs-low > div { background: #cf222e; }
.rs-card details { margin-top: 2px; } .rs-card summary { cursor: pointer; color: #57606a; font-size: 13px; }
.rs-card ul { margin: 4px 0; padding-left: 20px; } .rs-card li { margin: 3px 0; }
.rs-two { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 0 32px; }
.rs-text { background: #f6f8fa; border-radius: 8px; padding: 12px 16px; line-height: 1.75; }
mark { padding: 1px 3px; border-radius: 3px; color: inherit; } mark.rs-yes { background: #c9efd1; } mark.rs-no { background: #ffd3d0; }
mark.rs-open { background: none; border-bottom: 1px dotted #8c959f; }
.rs-legend { font-size: 12.5px; color: #57606a; }
</style>
)";

std::string Bar(double score) {
  return fmt::format("<div class=\"rs-bar{}\"><div style=\"width:{:.0f}%\"></div></div>",
                     score >= 0.75  ? ""
                     : score >= 0.4 ? " rs-mid"
                                    : " rs-low",
                     100 * score);
}

std::string EvidenceHtml(const v1::AreaScore& area) {
  if (area.evidence_size() == 0) return "";
  std::string out = "<details><summary>evidence</summary><ul>";
  for (const v1::Evidence& evidence : area.evidence()) {
    out += fmt::format("<li><b>{}</b> = {} {} <i>({})</i><br><span class=\"rs-faint\">{}</span></li>",
                       EscapeHtml(evidence.quantity()),
                       evidence.unit() == "bytes" ? fmt::format("{:.0f}", evidence.value())
                                                  : fmt::format("{:.4g}", evidence.value()),
                       evidence.unit() == "1" ? "" : EscapeHtml(evidence.unit()), Name(evidence.origin()),
                       EscapeHtml(evidence.where()));
  }
  return out + "</ul></details>";
}

std::string AreasHtml(const v1::Scorecard& card) {
  std::string out = "<table class=\"rs-table\">";
  for (const v1::AreaScore& area : card.areas()) {
    std::string name = area.area();
    for (char& c : name) {
      if (c == '_') c = ' ';
    }
    out += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"rs-num\">{:.2f} &times; "
        "{:.2f}</td><td>{}</td><td>{}{}</td></tr>",
        EscapeHtml(name), area.score(), area.weight(), Bar(area.score()), EscapeHtml(area.reason()),
        EvidenceHtml(area));
  }
  return out + "</table>";
}

std::string CounterfactualsHtml(const v1::Scorecard& card) {
  if (card.counterfactuals_size() == 0) return "";
  std::string out = "<h4>What a change would have given, by simulation</h4><table class=\"rs-table\">";
  for (const v1::Counterfactual& row : card.counterfactuals()) {
    out += fmt::format(
        "<tr><td>{}<code>{}</code></td><td class=\"rs-num\">{}</td><td class=\"rs-faint\">{}</td></tr>",
        row.is_best() ? "the best plan found: " : "", EscapeHtml(row.change()),
        row.factor() > 0 ? fmt::format("<b>{:.2f}&times;</b>", row.factor()) : "fits",
        EscapeHtml(row.reason()));
  }
  return out + "</table>";
}

template <typename Texts>
std::string ListHtml(const char* title, const Texts& texts) {
  if (texts.empty()) return "";
  std::string out = fmt::format("<div><h4>{}</h4><ul>", title);
  for (const std::string& text : texts) out += fmt::format("<li>{}</li>", EscapeHtml(text, 600));
  return out + "</ul></div>";
}

std::string RationaleHtml(const v1::Scorecard& card) {
  if (card.rationale().empty()) return "";
  std::string out = fmt::format("<h4>Rationale</h4><p class=\"rs-text\">{}</p>", MarkedRationaleHtml(card));
  if (card.has_claims()) {
    out += fmt::format(
        "<p class=\"rs-legend\"><mark class=\"rs-yes\">holds</mark> {} &nbsp; <mark class=\"rs-no\">does "
        "not</mark> {} "
        "&nbsp; <mark class=\"rs-open\">not checkable</mark> {}</p>",
        card.claims().supported(), card.claims().contradicted(), card.claims().not_checkable());
    std::string wrong;
    for (const v1::Claim& claim : card.claims().claims()) {
      if (claim.verdict() != v1::CLAIM_VERDICT_CONTRADICTED) continue;
      wrong += fmt::format("<li>&ldquo;{}&rdquo;: {}</li>", EscapeHtml(claim.text(), 300),
                           EscapeHtml(claim.reason(), 500));
    }
    if (!wrong.empty()) out += "<ul>" + wrong + "</ul>";
  }
  if (!card.has_coverage() || card.coverage().points_size() == 0) return out;
  out += "<details><summary>points that the question asks for</summary><ul>";
  for (const v1::PointGrade& point : card.coverage().points()) {
    out += fmt::format("<li><b>{}</b> {:.0f} % <span class=\"rs-faint\">{}</span></li>",
                       EscapeHtml(point.point()), 100 * point.earned(), EscapeHtml(point.reason(), 400));
  }
  return out + "</ul></details>";
}

std::string FootHtml(const v1::Scorecard& card) {
  std::string out = fmt::format("<p class=\"rs-faint\">Best plan found: <code>{}</code>, {:.0f} tokens/s.",
                                EscapeHtml(PlanName(card.best_plan())), card.best_tokens_per_s());
  if (!card.band().reason().empty())
    out += fmt::format(" Basis ({}): {}.", EscapeHtml(card.band().grade()),
                       EscapeHtml(card.band().reason(), 600));
  for (const std::string& note : card.notes()) out += " " + EscapeHtml(note, 600);
  return out + "</p>";
}

}  // namespace

std::string ScorecardStyle() {
  return kStyle;
}

std::string ScorecardHtml(const v1::Scorecard& card, int place) {
  const std::string title =
      fmt::format("{}{}", place > 0 ? fmt::format("{}. ", place) : "", EscapeHtml(card.candidate(), 200));
  if (!card.error().empty()) {
    return fmt::format("<section class=\"rs-card\"><h3>{}: not graded</h3><p>{}</p></section>", title,
                       EscapeHtml(card.error()));
  }
  std::string out = fmt::format(
      "<section class=\"rs-card\"><div class=\"rs-head\"><h3>{}</h3><code>{}</code><span "
      "class=\"rs-pill{}\">{}</span>"
      "<span class=\"rs-total\">{:.3f}</span></div><p class=\"rs-faint\">{}</p>",
      title, EscapeHtml(card.plan_name()), card.basis() == v1::ORIGIN_SIMULATED ? " rs-sim" : "",
      Name(card.basis()), card.total(), EscapeHtml(card.basis_reason(), 600));
  out += AreasHtml(card) + CounterfactualsHtml(card) + RationaleHtml(card);
  out += "<div class=\"rs-two\">" + ListHtml("What was good", card.strengths()) +
         ListHtml("What to do next", card.improvements()) + ListHtml("To be asked next", card.follow_ups()) +
         ListHtml("To read", card.resources()) + "</div>";
  return out + FootHtml(card) + "</section>\n";
}

}  // namespace ringside::evaluator
