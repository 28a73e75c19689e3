#include "sim/analytic/csv.h"

#include <fmt/format.h>

#include <set>

#include "base/status_macros.h"

namespace ringside::sim::analytic {
namespace {

class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  bool done() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  absl::StatusOr<std::vector<std::string>> Record() {
    std::vector<std::string> cells;
    while (true) {
      std::string cell;
      if (!done() && text_[at_] == '"') {
        RINGSIDE_RETURN_IF_ERROR(Quoted(&cell));
      } else {
        while (!done() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
          if (text_[at_] == '"') return Wrong("a quote inside a cell that does not begin with one");
          cell += text_[at_++];
        }
      }
      cells.push_back(cell);
      if (done()) return cells;
      const char next = text_[at_++];
      if (next == ',') continue;
      if (next == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      return cells;
    }
  }

  absl::Status Wrong(std::string_view what) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file_, line_, what));
  }

 private:
  absl::Status Quoted(std::string* cell) {
    for (++at_; !done(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        *cell += text_[at_];
        continue;
      }
      ++at_;
      if (done() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r') return absl::OkStatus();
      if (text_[at_] != '"') return Wrong("text after a closing quote");
      *cell += '"';
    }
    return Wrong("a quote that is not closed");
  }

  const std::string_view text_, file_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

const std::string& CsvRow::Text(std::string_view column) const {
  static const auto* const kEmpty = new std::string;
  const auto found = cells.find(column);
  return found == cells.end() ? *kEmpty : found->second;
}

absl::StatusOr<std::vector<CsvRow>> ParseCsv(std::string_view text, std::string_view file_name) {
  Reader reader(text, file_name);
  if (reader.done()) return reader.Wrong("there is no header");
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> header, reader.Record());
  std::set<std::string> names;
  for (const std::string& name : header)
    if (!names.insert(name).second) return reader.Wrong(fmt::format("column {} is named twice", name));
  std::vector<CsvRow> rows;
  while (!reader.done()) {
    CsvRow row;
    row.line = reader.line();
    RINGSIDE_ASSIGN_OR_RETURN(std::vector<std::string> cells, reader.Record());
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (cells.size() != header.size()) {
      return absl::InvalidArgumentError(fmt::format("{}:{}: {} cells where the header names {}", file_name,
                                                    row.line, cells.size(), header.size()));
    }
    for (size_t i = 0; i < cells.size(); ++i) row.cells[header[i]] = std::move(cells[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ringside::sim::analytic
