#include "evaluator/design/areas.h"
#include "evaluator/design/report.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

std::string AreaHtml(const v1::AreaScore& area) {
  std::string out = fmt::format(
      R"(<tr><th scope="row" style="text-align:left;padding:2px 10px 2px 0;font-weight:600">{}</th>)"
      R"(<td style="padding:2px 10px 2px 0;white-space:nowrap">{:.2f} &times; {:.2f}</td>)"
      R"(<td style="padding:2px 10px 2px 0"><div style="width:90px;height:9px;background:#ddd">)"
      R"(<div style="width:{:.0f}%;height:9px;background:#2a7"></div></div></td><td>{})",
      EscapeHtml(area.area()), area.score(), area.weight(), 100 * area.score(), EscapeHtml(area.reason()));
  if (area.evidence_size() > 0) {
    out +=
        R"(<details><summary style="cursor:pointer;color:#666">evidence</summary><ul style="margin:2px 0">)";
    for (const v1::Evidence& evidence : area.evidence()) {
      out += fmt::format("<li><b>{}</b> = {} {} <i>({})</i><br><span style=\"color:#666\">{}</span></li>",
                         EscapeHtml(evidence.quantity()),
                         evidence.unit() == "bytes" ? fmt::format("{:.0f}", evidence.value())
                                                    : fmt::format("{:.4g}", evidence.value()),
                         EscapeHtml(evidence.unit()), Name(evidence.origin()), EscapeHtml(evidence.where()));
    }
    out += "</ul></details>";
  }
  return out + "</td></tr>";
}

}  // namespace

std::string ScorecardHtml(const v1::Scorecard& card, int place) {
  std::string out =
      R"(<section class="ringside-scorecard" style="border:1px solid #ccc;border-radius:6px;padding:10px 14px;)"
      R"(margin:10px 0;font:14px/1.45 system-ui,sans-serif">)";
  const std::string title =
      fmt::format("{}{}", place > 0 ? fmt::format("{}. ", place) : "", EscapeHtml(card.candidate(), 200));
  if (!card.error().empty()) {
    return out + fmt::format("<h3 style=\"margin:0 0 6px\">{}: not graded</h3><p>{}</p></section>", title,
                             EscapeHtml(card.error()));
  }
  out += fmt::format(
      "<h3 style=\"margin:0 0 6px\">{}: {:.3f}</h3><p style=\"margin:0 0 6px;color:#666\">{}: {}</p>", title,
      card.total(), Name(card.basis()), EscapeHtml(card.basis_reason()));
  out += "<table style=\"border-collapse:collapse\">";
  for (const v1::AreaScore& area : card.areas()) out += AreaHtml(area);
  out += fmt::format("</table><p style=\"margin:6px 0 0;color:#666\">Best plan found: {}, {:.0f} tokens/s.",
                     EscapeHtml(PlanName(card.best_plan())), card.best_tokens_per_s());
  for (const std::string& note : card.notes()) out += " " + EscapeHtml(note);
  return out + "</p></section>";
}

}  // namespace ringside::evaluator
