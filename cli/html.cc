#include "cli/html.h"

#include <algorithm>

#include "base/check.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cli {
namespace {

constexpr size_t kMaxTextChars = 100'000;

constexpr char kStyle[] = R"(
:root { --ink: #1b1f24; --faint: #57606a; --line: #d8dee4; --tint: #f6f8fa; --accent: #0b5cad; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue",
  Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 32px 80px; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 12px; letter-spacing: -.01em; }
h2 { font-size: 22px; margin: 56px 0 8px; padding-top: 20px; border-top: 1px solid var(--line); }
h3 { font-size: 16px; margin: 28px 0 4px; }
p { margin: 8px 0; max-width: 78ch; }
.lead { font-size: 19px; color: var(--faint); max-width: 70ch; }
ul.findings { margin: 12px 0; padding-left: 20px; max-width: 82ch; }
ul.findings li { margin: 5px 0; }
.scroll { overflow-x: auto; }
table.figures { border-collapse: collapse; margin: 16px 0 4px; font-size: 14px; font-variant-numeric: tabular-nums; }
table.figures th { font-weight: 600; color: var(--faint); text-align: right; padding: 4px 12px; vertical-align: bottom;
  border-bottom: 2px solid var(--line); }
table.figures td { text-align: right; padding: 4px 12px; white-space: nowrap; }
table.figures .t { text-align: left; }
table.figures tr > :first-child { padding-left: 2px; }
table.figures a { text-decoration: none; }
table.figures tr.faint td { color: var(--faint); border-bottom: 1px solid var(--line); padding-bottom: 7px; }
figure { margin: 18px 0; }
figure svg { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--faint); font-size: 14px; max-width: 92ch; margin-top: 4px; }
blockquote { margin: 12px 0; padding: 10px 18px; background: var(--tint); border-left: 3px solid var(--accent);
  max-width: 86ch; }
blockquote p { margin: 6px 0; }
code { font: 13.5px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--tint); padding: 1px 5px;
  border-radius: 4px; }
a { color: var(--accent); }
details > summary { cursor: pointer; color: var(--faint); }
@media print { main { padding: 0; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
)";

}  // namespace

std::string Escaped(std::string_view text) {
  return evaluator::EscapeHtml(text, kMaxTextChars);
}

std::string Paragraph(std::string_view text) {
  return fmt::format("<p>{}</p>\n", Escaped(text));
}

std::string Paragraphs(std::string_view text) {
  std::string html, paragraph;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty()) paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    if ((line.empty() || text.empty()) && !paragraph.empty()) {
      html += Paragraph(paragraph);
      paragraph.clear();
    }
  }
  return html;
}

std::string Page(std::string_view title, std::string_view body_html) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      Escaped(title), kStyle, body_html);
}

std::string Figure(std::string_view content_html, std::string_view caption) {
  std::string html = fmt::format("<figure>\n{}\n", content_html);
  if (!caption.empty()) html += fmt::format("<figcaption>{}</figcaption>\n", Escaped(caption));
  return html + "</figure>\n";
}

void HtmlTable::Row(const std::vector<std::string>& cells, bool faint) {
  RINGSIDE_CHECK(cells.size() == head_.size());
  rows_html_ += faint ? "<tr class=\"faint\">" : "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    rows_html_ += fmt::format("<td{}>{}</td>", static_cast<int>(i) < text_columns_ ? " class=\"t\"" : "",
                              Escaped(cells[i]));
  }
  rows_html_ += "</tr>\n";
}

std::string HtmlTable::Html() const {
  std::string head;
  for (size_t i = 0; i < head_.size(); ++i) {
    head += fmt::format("<th scope=\"col\"{}>{}</th>",
                        static_cast<int>(i) < text_columns_ ? " class=\"t\"" : "", Escaped(head_[i]));
  }
  return fmt::format(
      "<div class=\"scroll\"><table "
      "class=\"figures\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      head, rows_html_);
}

}  // namespace ringside::cli
