#include "fmt/format.h"
#include "report/cells.h"
#include "report/document.h"
#include "report/text.h"

namespace ringside::report {
namespace {

std::string Row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += ' ' + EscapeMarkdown(cell) + " |";
  return row + '\n';
}

std::string Table(const Cells& cells) {
  std::string text = fmt::format("### {}\n\n", EscapeMarkdown(cells.title)) + Row(cells.head) + '|';
  for (size_t i = 0; i < cells.head.size(); ++i) text += i == 0 ? " :-- |" : " --: |";
  text += '\n';
  for (const auto& row : cells.rows) text += Row(row);
  return text + '\n' + EscapeMarkdown(cells.caption) + "\n\n";
}

}  // namespace

std::string Markdown(const ScalingReport& report) {
  std::string text =
      fmt::format("## Scaling of {}\n\n{}\n\n", EscapeMarkdown(report.name), EscapeMarkdown(report.machine));
  for (const std::string& finding : report.findings) text += "- " + EscapeMarkdown(finding) + '\n';
  text += '\n';
  for (const Cells& cells : AllCells(report)) text += Table(cells);
  for (const std::string& note : report.notes) text += "> " + EscapeMarkdown(note) + "\n>\n";
  return text;
}

}  // namespace ringside::report
