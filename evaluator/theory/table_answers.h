// A table of marked answers in memory, as the fitting tools need it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/theory/prepared_parts.h"

namespace ringside::theory {

struct TableAnswer {
  size_t question = 0;
  std::string text;
  double mark = 0;
};

struct Table {
  std::vector<v1::TheoryQuestion> questions;
  std::vector<TableAnswer> answers;
};

// As tsv.h reads it; rows with errors or without a mark are left out.
absl::StatusOr<Table> ReadTable(const std::string& path);

std::vector<PreparedParts> PrepareAll(const Table& table, const Setting& setting);

}  // namespace ringside::theory
