// Tables of measured kernels, for the fitting programs.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ringside::sim::gpu {

struct Row {
  std::map<std::string, std::string> cells;
  bool held_out = false;  // by a hash of the row's text: about half of all rows
  double Number(const std::string& column) const;
  const std::string& Text(const std::string& column) const { return cells.at(column); }
};

// A CSV file whose first line names the columns and whose cells hold no quotes; ends the program if it cannot
// be read.
std::vector<Row> ReadTable(const std::string& path);

// FNV-1a, so that the halves never change.
bool HeldOut(const std::string& text);

}  // namespace ringside::sim::gpu
