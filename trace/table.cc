#include "trace/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace ringside::trace {
namespace {

// Takes one code point off the front; a byte that begins none is taken as it is.
char32_t TakeCodePoint(std::string_view* text) {
  const auto lead = static_cast<uint8_t>(text->front());
  const size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = length == 1 ? lead : lead & (0x7F >> length);
  size_t taken = 1;
  while (taken < length && taken < text->size() && (static_cast<uint8_t>((*text)[taken]) & 0xC0) == 0x80) {
    code = code << 6 | (static_cast<uint8_t>((*text)[taken++]) & 0x3F);
  }
  text->remove_prefix(taken);
  return code;
}

struct Block {
  char32_t first, last;
};

bool In(char32_t code, const std::vector<Block>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const Block& b) { return b.first <= code && code <= b.last; });
}

// The blocks of Unicode 15 (EastAsianWidth W and F; combining marks and joiners) that names and prose can
// hold.
int WidthOf(char32_t code) {
  static const std::vector<Block> kZero = {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                           {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
  static const std::vector<Block> kWide = {
      {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
      {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
      {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
  if (code < 0x0300) return 1;
  return In(code, kZero) ? 0 : In(code, kWide) ? 2 : 1;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += WidthOf(TakeCodePoint(&text));
  return width;
}

bool WantsColour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

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

std::string Table::Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string pad(widths[i] - DisplayWidth(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns_[i].align == Align::kRight ? pad + cells[i] : cells[i] + pad;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Table::Text(int indent) const {
  std::vector<std::string> head;
  std::vector<size_t> widths;
  size_t total = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    head.push_back(columns_[i].header);
    widths.push_back(DisplayWidth(head[i]));
    for (const auto& row : rows_) {
      if (!row.empty()) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
    total += widths[i] + (i > 0 ? 2 : 0);
  }
  const std::string margin(indent, ' ');
  std::string rule = margin;
  for (size_t i = 0; i < total; ++i) rule += "─";
  std::string text;
  if (std::any_of(head.begin(), head.end(), [](const std::string& header) { return !header.empty(); })) {
    const std::string line = Line(head, widths);
    text += margin + (colour_ ? "\x1B[1m" + line + "\x1B[0m" : line) + "\n" + rule + "\n";
  }
  for (const auto& row : rows_) text += row.empty() ? rule + "\n" : margin + Line(row, widths) + "\n";
  return text;
}

}  // namespace ringside::trace
