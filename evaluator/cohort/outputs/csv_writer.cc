#include "evaluator/cohort/outputs/csv_writer.h"

#include <csv.h>

#include <cmath>

#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr size_t kMaxChars = 4000;
constexpr std::string_view kFormula = "=+-@\t\r";

}  // namespace

std::string CsvText(std::string_view text) {
  const bool formula = !text.empty() && kFormula.find(text.front()) != std::string_view::npos;
  return (formula ? "'" : "") + evaluator::Printable(text, kMaxChars);
}

CsvWriter& CsvWriter::Text(std::string_view text) {
  return Field(CsvText(text));
}

CsvWriter& CsvWriter::Number(double value) {
  return Field(std::isnan(value) ? "" : fmt::format("{:.6g}", value));
}

CsvWriter& CsvWriter::Integer(int64_t value) {
  return Field(std::to_string(value));
}

CsvWriter& CsvWriter::Field(std::string_view field) {
  if (!first_) file_->Write(",");
  first_ = false;
  csv_fwrite(file_->file(), field.data(), field.size());
  return *this;
}

void CsvWriter::EndRow() {
  file_->Write("\r\n");
  first_ = true;
}

}  // namespace ringside::cohort
