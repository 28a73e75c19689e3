// Tables of short answers, tab separated without quoting, read row by row. Memory does not grow with the
// file.
//
// The header names the columns: question_id, question, reference_answer and student_answer are needed; score
// (0..1) is a mark by a person; other columns are kept by name. "||" in a reference separates whole wordings.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::theory {

inline constexpr size_t kMaxLineBytes = size_t{16} << 20;

class TsvReader {
 public:
  // INVALID_ARGUMENT: no header, a column named twice, or a needed one missing. `in` must outlive the reader.
  static absl::StatusOr<TsvReader> Open(std::istream* in, std::string file_name,
                                        const std::vector<std::string>& needed);

  // False at the end. A row that cannot be read is an error of that row alone: `row_error` says file, line
  // and why, and the cells that are there can be asked for.
  bool Next(absl::Status* row_error);

  int64_t line() const { return line_; }
  const std::vector<std::string>& columns() const { return columns_; }
  bool Has(std::string_view column) const { return index_.find(column) != index_.end(); }
  // Empty where the row or the table has none.
  std::string_view Cell(std::string_view column) const;

 private:
  TsvReader() = default;
  std::istream* in_ = nullptr;
  std::string file_name_;
  std::vector<std::string> columns_;
  std::map<std::string, size_t, std::less<>> index_;
  std::string text_;
  std::vector<std::string_view> cells_;
  int64_t line_ = 0;
};

// The question of a table's row: every sentence of the reference is a point that weighs as much as it says;
// with
// "||" there is one point with alternatives.
v1::TheoryQuestion QuestionOfReference(std::string_view id, std::string_view prompt,
                                       std::string_view reference);

}  // namespace ringside::theory
