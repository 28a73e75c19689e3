#include "base/sqlite/database.h"

#include <sys/stat.h>

#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::sqlite {

absl::StatusOr<Database> Database::Open(const std::string& path, int busy_ms) {
  sqlite3* db = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(db, path);
  if (opened != SQLITE_OK) return SqliteError(db, "open the store", path);
  chmod(path.c_str(), S_IRUSR | S_IWUSR);
  sqlite3_busy_timeout(db, busy_ms);
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"}) {
    RINGSIDE_RETURN_IF_ERROR(database.Execute(pragma));
  }
  return database;
}

Database::Database(Database&& other) noexcept : db_(std::exchange(other.db_, nullptr)), path_(other.path_) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(path_, other.path_);
  return *this;
}

Database::~Database() {
  sqlite3_close_v2(db_);  // waits for statements that are still there
}

absl::StatusOr<Statement> Database::Prepare(const char* sql) const {
  return Statement::Prepare(db_, path_, sql);
}

absl::Status Database::Execute(const char* sql) const {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return absl::OkStatus();
  return SqliteError(db_, fmt::format("execute \"{}\"", sql), path_);
}

absl::StatusOr<Transaction> Transaction::Begin(const Database& db) {
  RINGSIDE_RETURN_IF_ERROR(db.Execute("BEGIN IMMEDIATE"));
  return Transaction(&db);
}

Transaction::~Transaction() {
  if (db_ != nullptr) db_->Execute("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  RINGSIDE_RETURN_IF_ERROR(db_->Execute("COMMIT"));
  db_ = nullptr;
  return absl::OkStatus();
}

}  // namespace ringside::sqlite
