#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ringside::cli {
namespace {

size_t Columns(std::string_view text) {  // code points; nothing in our tables is double-width
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace

Table& Table::Column(std::string header, Align align) {
  columns_.push_back({std::move(header), align});
  return *this;
}

void Table::Row(std::vector<std::string> cells) {
  RINGSIDE_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::Rule() {
  rows_.emplace_back();
}

std::string Table::Text(int indent) const {
  std::vector<std::string> head;
  for (const Head& column : columns_) head.push_back(column.header);
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(Columns(head[i]));
    for (const auto& row : rows_) {
      if (!row.empty()) widths[i] = std::max(widths[i], Columns(row[i]));
    }
  }
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out(indent, ' ');
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - Columns(cells[i]), ' ');
      if (i > 0) out += "  ";
      out += columns_[i].align == Align::kRight ? pad + cells[i] : cells[i] + pad;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  };
  const auto rule = [&] {
    text.append(indent, ' ');
    for (size_t i = 0; i < widths.size(); ++i) {
      for (size_t n = 0; n < widths[i] + (i > 0 ? 2 : 0); ++n) text += "─";
    }
    text += "\n";
  };
  if (std::any_of(head.begin(), head.end(), [](const std::string& h) { return !h.empty(); })) {
    line(head);
    rule();
  }
  for (const auto& row : rows_) row.empty() ? rule() : line(row);
  return text;
}

}  // namespace ringside::cli
