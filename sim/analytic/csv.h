// A CSV file with a header, as RFC 4180 has it: cells in quotes may hold commas, line ends and doubled
// quotes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::sim::analytic {

struct CsvRow {
  int line = 0;  // where it begins, from 1
  std::map<std::string, std::string, std::less<>> cells;
  // Empty where there is no such column.
  const std::string& Text(std::string_view column) const;
};

// INVALID_ARGUMENT, with file and line: no header, a column named twice, a row with more or fewer cells, a
// quote that is not closed or stands inside a cell. Empty lines are skipped.
absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text, std::string_view file_name);

}  // namespace ringside::sim::analytic
