// A prepared SQLite statement: bound and stepped without the C API's ceremony. Reset after each use, so that
// no read transaction is left open. Not thread-safe.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::sqlite {

// The error of `db` as a status: code by kind, message "cannot DOING in PATH: REASON".
absl::Status SqliteError(sqlite3* db, std::string_view doing, std::string_view path);

class Statement {
 public:
  // `db` outlives the statement; SQL is the program's own, so a failure to prepare is SqliteError.
  static absl::StatusOr<Statement> Prepare(sqlite3* db, std::string_view path, const char* sql);
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& Bind(int64_t value);  // next parameter
  Statement& Bind(std::string_view text);
  Statement& BindBlob(std::string_view bytes);
  Statement& BindReal(double value);
  Statement& BindNull();

  // True: a row is there. Columns are valid until the next Step or Reset.
  absl::StatusOr<bool> Step();
  // To the end, without looking at rows; then resets.
  absl::Status Run();
  void Reset();

  int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const { return sqlite3_column_double(statement_, column); }  // 0 for NULL
  std::string Text(int column) const;  // also blobs; empty for NULL

 private:
  Statement(sqlite3* db, std::string_view path, sqlite3_stmt* statement)
      : db_(db), path_(path), statement_(statement) {}

  sqlite3* db_ = nullptr;
  std::string path_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

}  // namespace ringside::sqlite
