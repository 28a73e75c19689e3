#include "sim/gpu/fit_table.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace ringside::sim::gpu {
namespace {

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

}  // namespace

double Row::Number(const std::string& column) const {
  return std::strtod(Text(column).c_str(), nullptr);
}

bool HeldOut(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return ((hash >> 20) & 1) != 0;
}

std::vector<Row> ReadTable(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  const std::vector<std::string> header = Split(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = Split(line);
    if (cells.size() != header.size()) continue;
    Row row;
    for (size_t i = 0; i < cells.size(); ++i) row.cells[header[i]] = cells[i];
    row.held_out = HeldOut(line);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace ringside::sim::gpu
