#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "evaluator/design/rank.h"
#include "evaluator/design/report.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::evaluator {
namespace {

constexpr char kPageStyle[] = R"(<style>
body { margin: 0; background: #f6f8fa; color: #1b1f24; font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 36px 28px 72px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -.01em; }
.rs-question { background: #fff; border: 1px solid #d8dee4; border-left: 4px solid #0b5cad; border-radius: 8px; padding: 8px 22px; margin: 14px 0; }
.rs-question p { max-width: 92ch; }
.rs-ranking { background: #fff; border: 1px solid #d8dee4; border-radius: 10px; padding: 6px 20px; margin: 22px 0; overflow-x: auto; }
.rs-ranking table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
.rs-ranking th { text-align: left; color: #57606a; font-weight: 600; padding: 8px 14px 6px 0; border-bottom: 2px solid #eaeef2; }
.rs-ranking td { padding: 7px 14px 7px 0; border-bottom: 1px solid #eaeef2; }
.rs-ranking tr:last-child td { border-bottom: none; }
.rs-ranking .rs-bar { margin-top: 0; width: 140px; }
.rs-ranking code { font: 13px/1.4 ui-monospace, Menlo, Consolas, monospace; }
.rs-lead { color: #57606a; margin: 0; }
@media print { body { background: #fff; } .rs-card { break-inside: avoid; } }
</style>
)";

std::string Paragraphs(std::string_view text) {
  std::string html, paragraph;
  const auto flush = [&] {
    if (!paragraph.empty()) html += "<p>" + EscapeHtml(paragraph, 70'000) + "</p>";
    paragraph.clear();
  };
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) {
      flush();
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    }
  }
  flush();
  return html;
}

std::string LevelName(v1::Level level) {
  switch (level) {
    case v1::LEVEL_FOUNDATION:
      return "foundation";
    case v1::LEVEL_CORE:
      return "core";
    case v1::LEVEL_ADVANCED:
      return "advanced";
    default:
      return "";
  }
}

std::string RankingHtml(const std::vector<v1::Scorecard>& cards) {
  std::string html =
      "<div class=\"rs-ranking\"><table><tr><th>#</th><th>candidate</th><th>score</th><th></th><th>plan</th>"
      "<th>objective</th><th>basis</th></tr>";
  for (const Ranked& ranked : Rank(cards)) {
    const v1::Scorecard& card = cards[ranked.index];
    if (!card.error().empty()) {
      html += fmt::format("<tr><td>&ndash;</td><td>{}</td><td colspan=\"5\">not graded</td></tr>",
                          EscapeHtml(card.candidate(), 60));
      continue;
    }
    const bool ran = card.areas_size() > 1 && card.areas(0).score() > 0;
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"rs-num\"><b>{:.3f}</b></td><td><div class=\"rs-bar{}\"><div "
        "style=\"width:{:.0f}%\"></div></div></td><td><code>{}</code></td><td "
        "class=\"rs-num\">{}</td><td>{}</td></tr>",
        ranked.place, EscapeHtml(card.candidate(), 60), card.total(),
        card.total() >= 0.75  ? ""
        : card.total() >= 0.4 ? " rs-mid"
                              : " rs-low",
        100 * card.total(), EscapeHtml(card.plan_name()),
        !ran ? "cannot be run"
        : card.best_objective_value() > 0
            ? fmt::format("{:.0f} % of the best",
                          100 * (card.objective_unit() == "tokens/s"
                                     ? card.objective_value() / card.best_objective_value()
                                     : card.best_objective_value() / card.objective_value()))
            : "",
        card.basis() == v1::ORIGIN_SIMULATED  ? "simulated"
        : card.basis() == v1::ORIGIN_MEASURED ? "measured"
                                              : "not run");
  }
  return html + "</table></div>";
}

}  // namespace

std::string DesignReportHtml(const v1::DesignQuestion& question, const std::vector<v1::Scorecard>& cards) {
  const std::string title = EscapeHtml(question.title(), 200);
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">";
  html += fmt::format("<title>{}</title>\n{}{}</head><body><main>\n", title, ScorecardStyle(), kPageStyle);
  html +=
      fmt::format("<h1>{}</h1><p class=\"rs-lead\">{}{} answers</p>", title,
                  question.level() != v1::LEVEL_UNSPECIFIED ? LevelName(question.level()) + " &middot; " : "",
                  cards.size());
  html +=
      "<div class=\"rs-question\">" + Paragraphs(question.prompt()) + "</div>\n" + RankingHtml(cards) + "\n";
  for (const Ranked& ranked : Rank(cards)) html += ScorecardHtml(cards[ranked.index], ranked.place);
  return html + "</main></body></html>\n";
}

}  // namespace ringside::evaluator
