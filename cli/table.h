// Tables of text: columns as wide as their widest cell, numbers to the right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringside::cli {

class Table {
 public:
  enum class Align { kLeft, kRight };

  // Adds a column; every row has one cell for each.
  Table& Column(std::string header, Align align = Align::kRight);
  void Row(std::vector<std::string> cells);
  // A rule across the table before the next row.
  void Rule();

  // Each line indented by `indent` and without trailing blanks. A table whose headers are all empty has no
  // head.
  std::string Text(int indent = 2) const;

 private:
  struct Head {
    std::string header;
    Align align;
  };
  std::vector<Head> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
};

}  // namespace ringside::cli
