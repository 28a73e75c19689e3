// Rows of a CSV file (RFC 4180, every field quoted).
//
// A spreadsheet takes a field that begins with = + - or @ for a formula and would run it. Such a text gets an
// apostrophe before it, which spreadsheets take for "this is text" and do not show; so does one that begins
// with a tab or a carriage return. Text is otherwise written as one line of printable UTF-8 (design/text.h).
#pragma once

#include <string>
#include <string_view>

#include "evaluator/cohort/outputs/output_file.h"

namespace ringside::cohort {

class CsvWriter {
 public:
  // `file` must outlive it.
  explicit CsvWriter(OutputFile* file) : file_(file) {}

  CsvWriter& Text(std::string_view text);
  CsvWriter& Number(double value);  // up to six digits, without trailing zeros; NaN: an empty field
  CsvWriter& Integer(int64_t value);
  CsvWriter& Empty() { return Field(""); }
  void EndRow();

 private:
  CsvWriter& Field(std::string_view field);

  OutputFile* file_;
  bool first_ = true;
};

// What Text writes, before quoting.
std::string CsvText(std::string_view text);

}  // namespace ringside::cohort
