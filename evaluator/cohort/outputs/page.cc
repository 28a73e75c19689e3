#include "evaluator/cohort/outputs/page.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_replace.h"
#include "evaluator/cohort/outputs/walk.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr size_t kMaxLineChars = 200'000;

// Colours are named once; dark is the same names again.
constexpr char kStyle[] = R"(
:root{color-scheme:light dark;--page:#f3f4f6;--card:#fff;--ink:#171b21;--faint:#5d6672;--line:#e1e5ea;--tint:#f6f7f9;
--accent:#2459b8;--soft:#c9d8f2;--good:#177245;--good-bg:#dcf3e5;--warn:#8a5a00;--warn-bg:#fdf0cf;--bad:#b02a25;--bad-bg:#fbe2e0}
@media(prefers-color-scheme:dark){:root{--page:#0e1116;--card:#161b22;--ink:#e4e8ed;--faint:#98a2af;--line:#2a313b;--tint:#1d232c;
--accent:#82aaf5;--soft:#2b4270;--good:#6fd39b;--good-bg:#173d2a;--warn:#e8bd62;--warn-bg:#40320f;--bad:#f2938c;--bad-bg:#4a1f1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,"Segoe UI","Helvetica Neue",Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.015em;margin:0}
h2{font-size:18px;letter-spacing:-.005em;margin:0 0 2px}
h3{font-size:16px;margin:0}
p{margin:6px 0;max-width:86ch}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
.faint{color:var(--faint)}.small{font-size:13px}
header{display:flex;justify-content:space-between;align-items:flex-end;gap:24px;margin:0 0 22px}
.big{font-size:40px;font-weight:650;line-height:1;letter-spacing:-.02em;font-variant-numeric:tabular-nums;text-align:right}
.big small{display:block;font-size:13px;font-weight:400;letter-spacing:0;color:var(--faint);margin-top:7px}
section,article{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 26px;margin:16px 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 16px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px}
.tile b{display:block;font-size:26px;font-weight:620;line-height:1.25;letter-spacing:-.015em;font-variant-numeric:tabular-nums}
.tile span{font-size:13px;color:var(--faint)}.tile i{display:block;font-style:normal;font-size:12.5px;line-height:1.4;color:var(--faint);margin-top:3px}
section .tile{background:var(--tint);border-color:transparent;padding:11px 16px}section .tiles{margin:12px 0 6px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:8px 30px}
figure{margin:10px 0 0}figcaption{font-size:13px;color:var(--faint)}svg{display:block;width:100%;height:auto}
svg text{font:11px system-ui,Arial,sans-serif;fill:var(--faint)}svg .grid{stroke:var(--line)}svg .bar{fill:var(--accent)}
svg .dot{fill:var(--accent);fill-opacity:.55;stroke:var(--card)}svg .dot.flagged{fill:var(--bad);fill-opacity:.85}
.scroll{overflow-x:auto;margin-top:8px}
table{border-collapse:collapse;width:100%;font-size:14px}
th{font-size:12.5px;font-weight:600;color:var(--faint);text-align:left;vertical-align:bottom;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:8px 14px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}tr:last-child td{border-bottom:0}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td .faint{font-size:12.5px}
.meter{display:inline-block;width:64px;height:6px;border-radius:3px;background:var(--line);margin-left:9px;vertical-align:middle;overflow:hidden}
.meter i{display:block;height:6px;border-radius:3px;background:var(--accent)}
.chip{display:inline-block;font-size:12.5px;line-height:1.5;padding:1px 9px;margin:1px 4px 1px 0;border-radius:10px;background:var(--tint);color:var(--faint)}
.chip.good{background:var(--good-bg);color:var(--good)}.chip.warn{background:var(--warn-bg);color:var(--warn)}.chip.bad{background:var(--bad-bg);color:var(--bad)}
article>.head{display:flex;justify-content:space-between;gap:20px;align-items:flex-start}
.score{font-size:24px;font-weight:650;line-height:1.1;font-variant-numeric:tabular-nums;white-space:nowrap}
.score.good{color:var(--good)}.score.warn{color:var(--warn)}.score.bad{color:var(--bad)}
.said{margin:12px 0;padding:12px 16px;background:var(--tint);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
mark{background:var(--good-bg);color:inherit;border-radius:3px;padding:1px 0}mark.wrong{background:var(--bad-bg)}
sup{font-size:10.5px;font-weight:650;line-height:0;color:var(--good);padding:0 1px}
.points{list-style:none;margin:8px 0;padding:0}.points li{display:grid;grid-template-columns:24px 1fr auto;gap:0 8px;padding:7px 0;border-top:1px solid var(--line)}
.points li:first-child{border-top:0}.points .no{font-weight:650;color:var(--faint);font-variant-numeric:tabular-nums}
.points .no.good{color:var(--good)}.points .no.warn{color:var(--warn)}.points .no.bad{color:var(--bad)}
.wrongs{background:var(--bad-bg);border-radius:8px;padding:9px 16px;margin:10px 0}.wrongs b{color:var(--bad)}
.aside{border-left:3px solid var(--soft);padding:2px 0 2px 14px;margin:12px 0;color:var(--faint)}
details{margin:6px 0}summary{cursor:pointer;color:var(--faint);font-size:13.5px}
ul.plain{margin:4px 0;padding-left:20px}
.columns{columns:2;column-gap:40px}
@media(max-width:720px){main{padding:20px 12px 40px}section,article{padding:16px}header{flex-direction:column;align-items:flex-start}.big{text-align:left}}
@media print{body{background:#fff}main{max-width:none;padding:0}section,article,.tile{break-inside:avoid}}
)";

}  // namespace

std::string PageBegin(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">"
      "<title>{}</title><style>{}</style></head>\n<body><main>\n",
      Line(title), kStyle);
}

std::string PageEnd() {
  return "</main></body></html>\n";
}

std::string Line(std::string_view text, size_t max_chars) {
  return evaluator::EscapeHtml(text, max_chars);
}

std::string Lines(std::string_view text) {
  std::string html;
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    html += evaluator::EscapeHtml(absl::StrReplaceAll(std::string(line), {{"\t", "    "}}), kMaxLineChars);
    if (end == text.size()) return html;
    html += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string Figure(double value) {
  if (std::isnan(value)) return "&ndash;";
  const std::string text = fmt::format("{:.2f}", value);
  return text == "-0.00" ? "0.00" : text[0] == '-' ? "&minus;" + text.substr(1) : text;
}

std::string FigureWithBar(double share) {
  const double shown = std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0);
  return fmt::format("{}<span class=\"meter\"><i style=\"width:{:.0f}%\"></i></span>", Figure(share),
                     100 * shown);
}

std::string Tile(std::string_view name, std::string_view figure_html, std::string_view note) {
  return fmt::format("<div class=\"tile\"><span>{}</span><b>{}</b>{}</div>", Line(name), figure_html,
                     note.empty() ? "" : fmt::format("<i>{}</i>", Line(note)));
}

Tone ToneOf(double score) {
  return score >= 0.7 ? Tone::kGood : score >= 0.4 ? Tone::kWarn : Tone::kBad;
}

std::string_view ClassOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "good";
    case Tone::kWarn:
      return "warn";
    case Tone::kBad:
      return "bad";
    case Tone::kPlain:
      break;
  }
  return "plain";
}

std::string Chip(std::string_view text, Tone tone) {
  return fmt::format("<span class=\"chip {}\">{}</span>", ClassOf(tone), Line(text, 200));
}

std::string PagePath(std::string_view candidate) {
  return fmt::format("candidates/{}.html", SafeName(candidate));
}

std::string Anchor(std::string_view id) {
  return "a-" + SafeName(id);
}

std::string AnswerLink(std::string_view candidate, std::string_view id, std::string_view text) {
  return fmt::format("<a href=\"{}#{}\">{}</a>", PagePath(candidate), Anchor(id), Line(text, 80));
}

}  // namespace ringside::cohort
