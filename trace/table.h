// Tables of text for terminals: columns as wide as their widest cell, numbers to the right. Widths count
// terminal columns, so UTF-8 text, combining marks and double-width characters line up.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::trace {

class Table {
 public:
  enum class Align { kLeft, kRight };

  // Adds a column; every row has one cell for each.
  Table& Column(std::string header, Align align = Align::kRight);
  void Row(std::vector<std::string> cells);
  // A rule across the table before the next row.
  void Rule();
  // Bold headers by escape sequences; off at first. See WantsColour.
  void SetColour(bool colour) { colour_ = colour; }

  // Each line indented by `indent` and without trailing blanks. A table whose headers are all empty has no
  // head.
  std::string Text(int indent = 2) const;

 private:
  struct Head {
    std::string header;
    Align align;
  };
  std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const;

  std::vector<Head> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
  bool colour_ = false;
};

// Columns that a terminal takes for `text`. Bytes that are not UTF-8 count one each.
size_t DisplayWidth(std::string_view text);

// Is the file descriptor a terminal that takes colour (NO_COLOR unset, TERM not "dumb")?
bool WantsColour(int fd);

}  // namespace ringside::trace
