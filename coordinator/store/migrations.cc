#include "coordinator/store/migrations.h"

#include <iterator>

#include "base/sqlite/statement.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

using sqlite::SqliteError;
using sqlite::Statement;

struct Migration {
  const char* name;
  const char* sql;
};

// Append only: a version that was released is never edited.
constexpr Migration kMigrations[] = {
    {"jobs", R"(
      CREATE TABLE jobs (
        sequence         INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of submission
        id               TEXT NOT NULL UNIQUE,
        request_id       TEXT UNIQUE,                        -- NULL: none was given
        name             TEXT NOT NULL,
        state            INTEGER NOT NULL,                   -- ringside.v1.JobState
        attempt          INTEGER NOT NULL,
        cancel_requested INTEGER NOT NULL,
        submitted_unix_ns INTEGER NOT NULL,
        started_unix_ns  INTEGER NOT NULL,
        finished_unix_ns INTEGER NOT NULL,
        failure          BLOB,                               -- ringside.v1.Failure; NULL: none
        launcher         TEXT NOT NULL,
        launcher_note    TEXT NOT NULL,
        world_size       INTEGER NOT NULL,
        steps            INTEGER NOT NULL,
        reports_loss     INTEGER NOT NULL,
        deadline_ns      INTEGER NOT NULL,
        stall_ns         INTEGER NOT NULL,
        request          BLOB NOT NULL                       -- ringside.v1.SubmitRequest
      );
      CREATE INDEX jobs_by_state ON jobs (state, sequence);
    )"},
    {"restarts", R"(
      ALTER TABLE jobs ADD COLUMN restarts BLOB;                         -- ringside.v1.Job, of it the restarts
      ALTER TABLE jobs ADD COLUMN max_restarts INTEGER NOT NULL DEFAULT 0;
    )"},
};

absl::Status Execute(sqlite3* db, std::string_view path, const std::string& sql, std::string_view doing) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return absl::OkStatus();
  return SqliteError(db, doing, path);
}

}  // namespace

int LatestSchemaVersion() {
  return static_cast<int>(std::size(kMigrations));
}

absl::Status Migrate(sqlite3* db, std::string_view path) {
  RINGSIDE_RETURN_IF_ERROR(
      Execute(db, path,
              "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, "
              "name TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)",
              "create the table of schema versions"));
  int64_t version = 0;
  {
    RINGSIDE_ASSIGN_OR_RETURN(
        Statement select,
        Statement::Prepare(db, path, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations"));
    RINGSIDE_RETURN_IF_ERROR(select.Step().status());
    version = select.Int(0);
  }
  if (version > LatestSchemaVersion()) {
    return absl::FailedPreconditionError(fmt::format(
        "{} was written by a newer Ringside (schema version {}, this one knows {}); use that one, or "
        "choose another --data-dir",
        path, version, LatestSchemaVersion()));
  }
  for (; version < LatestSchemaVersion(); ++version) {
    const Migration& migration = kMigrations[version];
    const std::string sql = fmt::format(
        "BEGIN IMMEDIATE; {} INSERT INTO schema_migrations (version, name) VALUES ({}, '{}'); COMMIT;",
        migration.sql, version + 1, migration.name);
    const absl::Status status = Execute(db, path, sql, fmt::format("apply schema version {}", version + 1));
    if (!status.ok()) {
      sqlite3_exec(db, "ROLLBACK", nullptr, nullptr,
                   nullptr);  // fails where nothing was begun; then nothing is open
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace ringside::coordinator
