// An SQLite file that is opened, used and closed by one process at a time or by several that take turns.
//
// Write-ahead logging with full synchronisation: a transaction that was committed survives the process and
// the machine. Not thread-safe.
#pragma once

#include <sqlite3.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/sqlite/statement.h"

namespace ringside::sqlite {

class Database {
 public:
  // Makes the file where there is none, for its owner alone (0600). Another process that writes is waited for
  // up to `busy_ms`.
  static absl::StatusOr<Database> Open(const std::string& path, int busy_ms = 10'000);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  absl::StatusOr<Statement> Prepare(const char* sql) const;
  // Statements without parameters or results, one after the other.
  absl::Status Execute(const char* sql) const;
  const std::string& path() const { return path_; }

 private:
  Database(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}

  sqlite3* db_ = nullptr;
  std::string path_;
};

// BEGIN IMMEDIATE; rolls back when it goes out of scope without a Commit.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(const Database& db);
  Transaction(Transaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(const Database* db) : db_(db) {}
  const Database* db_;
};

}  // namespace ringside::sqlite
