// Answers from CSV, by libcsv, which reads piece by piece.
#include <csv.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "evaluator/cohort/answer_parts.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr size_t kPieceBytes = 1 << 16;

enum Column { kId, kCandidate, kQuestion, kAnswer, kMark, kNumColumns };

struct Row {
  std::vector<std::string> fields;
  int line = 0;  // where it begins
};

class CsvAnswers : public AnswerReader {
 public:
  CsvAnswers(const std::string& path, std::ifstream file) : path_(path), file_(std::move(file)) {
    csv_init(&parser_, 0);
  }
  ~CsvAnswers() override { csv_free(&parser_); }
  CsvAnswers(const CsvAnswers&) = delete;
  CsvAnswers& operator=(const CsvAnswers&) = delete;

  absl::Status ReadHeader();
  absl::StatusOr<std::optional<ReadAnswer>> Next() override;

 private:
  static void OnField(void* bytes, size_t size, void* self) {
    auto& reader = *static_cast<CsvAnswers*>(self);
    reader.row_.fields.emplace_back(static_cast<const char*>(bytes), size);
  }
  static void OnRow(int, void* self) {
    auto& reader = *static_cast<CsvAnswers*>(self);
    reader.row_.line = reader.row_line_;
    reader.rows_.push_back(std::move(reader.row_));
    reader.row_ = {};
    reader.row_done_ = true;
  }

  absl::Status Error(int line, std::string_view reason) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", path_, line, reason));
  }
  absl::Status Feed(const char* bytes, size_t size);
  absl::StatusOr<std::optional<Row>> NextRow();

  const std::string path_;
  std::ifstream file_;
  csv_parser parser_;
  std::array<int, kNumColumns> column_{-1, -1, -1, -1, -1};
  size_t columns_ = 0;
  std::deque<Row> rows_;
  Row row_;           // being read
  int line_ = 1;      // of the next byte
  int row_line_ = 1;  // where row_ begins
  size_t row_bytes_ = 0;
  bool row_done_ = false, end_ = false;
};

// By lines, so that each row's first line is known.
absl::Status CsvAnswers::Feed(const char* bytes, size_t size) {
  while (size > 0) {
    const void* newline = std::memchr(bytes, '\n', size);
    const size_t length =
        newline == nullptr ? size : static_cast<size_t>(static_cast<const char*>(newline) - bytes) + 1;
    if (csv_parse(&parser_, bytes, length, OnField, OnRow, this) != length) {
      return Error(row_line_, csv_strerror(csv_error(&parser_)));
    }
    row_bytes_ += length;
    if (newline != nullptr) ++line_;
    if (row_done_) {
      row_done_ = false;
      row_bytes_ = 0;
      row_line_ = line_;
    } else if (row_.fields.empty() && !parser_.quoted && newline != nullptr) {
      row_line_ = line_;  // an empty line is no row
    }
    if (row_bytes_ > kMaxRowBytes) {
      return Error(row_line_,
                   fmt::format("a row is longer than {} MiB; is a quote not closed?", kMaxRowBytes >> 20));
    }
    bytes += length;
    size -= length;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Row>> CsvAnswers::NextRow() {
  std::array<char, kPieceBytes> piece;
  while (rows_.empty() && !end_) {
    file_.read(piece.data(), piece.size());
    if (file_.bad()) return absl::DataLossError(fmt::format("{}: {}", path_, std::strerror(errno)));
    const auto size = static_cast<size_t>(file_.gcount());
    if (size == 0) {
      end_ = true;
      csv_set_opts(&parser_, CSV_STRICT | CSV_STRICT_FINI);
      if (csv_fini(&parser_, OnField, OnRow, this) != 0) {
        return Error(row_line_, "the file ends inside a quoted field that begins in this row");
      }
    } else if (absl::Status fed = Feed(piece.data(), size); !fed.ok()) {
      return fed;
    }
  }
  if (rows_.empty()) return std::nullopt;
  Row row = std::move(rows_.front());
  rows_.pop_front();
  return row;
}

absl::Status CsvAnswers::ReadHeader() {
  auto header = NextRow();
  if (!header.ok()) return header.status();
  if (!header->has_value()) return absl::InvalidArgumentError(fmt::format("{}: the file is empty", path_));
  columns_ = (*header)->fields.size();
  for (size_t i = 0; i < columns_; ++i) {
    std::string name = absl::AsciiStrToLower((*header)->fields[i]);
    if (i == 0 && name.starts_with("\xEF\xBB\xBF")) name.erase(0, 3);  // byte order mark
    const auto is = [&](Column column, std::initializer_list<const char*> names) {
      for (const char* known : names) {
        if (name == known && column_[column] < 0) column_[column] = static_cast<int>(i);
      }
    };
    is(kId, {"id", "answer_id"});
    is(kCandidate, {"candidate", "student", "student_id"});
    is(kQuestion, {"question", "question_id"});
    is(kAnswer, {"answer", "student_answer", "text"});
    is(kMark, {"mark", "score"});
  }
  const char* needed[] = {nullptr, "candidate", "question", "answer", nullptr};
  for (int column = 0; column < kNumColumns; ++column) {
    if (needed[column] != nullptr && column_[column] < 0) {
      return Error(
          1, fmt::format("there is no column \"{}\"; the first line names the columns: question, answer, "
                         "candidate, and, if wanted, id and mark",
                         needed[column]));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ReadAnswer>> CsvAnswers::Next() {
  auto row = NextRow();
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::nullopt;
  Row& fields = **row;
  ReadAnswer read;
  read.answer.set_line(fields.line);
  if (fields.fields.size() != columns_) {
    read.error = fmt::format("the row has {} columns, the header {}", fields.fields.size(), columns_);
  }
  const auto take = [&](Column column) {
    const auto at = static_cast<size_t>(column_[column]);
    return column_[column] >= 0 && at < fields.fields.size() ? std::move(fields.fields[at]) : std::string();
  };
  read.answer.set_id(take(kId));
  if (read.answer.id().empty()) read.answer.set_id(fmt::format("line-{}", fields.line));
  read.answer.set_candidate(take(kCandidate));
  read.answer.set_question(take(kQuestion));
  read.answer.set_text(take(kAnswer));
  ReadMark(take(kMark), &read);
  CheckAnswer(&read);
  return read;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerReader>> OpenCsv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  auto reader = std::make_unique<CsvAnswers>(path, std::move(file));
  if (absl::Status header = reader->ReadHeader(); !header.ok()) return header;
  return reader;
}

}  // namespace ringside::cohort
