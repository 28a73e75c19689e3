// The JobStore on SQLite, one file. Write-ahead log with synchronous=FULL: an acknowledged job survives not
// only the coordinator's death but the machine's; a submission pays one fsync for it, which is nothing beside
// the job. One connection, one writer, serialized by a mutex; other processes may read the file meanwhile.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/sqlite/statement.h"
#include "coordinator/store/job_store.h"

namespace ringside::coordinator {

class SqliteStore : public JobStore {
 public:
  // Opens or creates the file and brings its schema up to date; further errors as Migrate.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& path);
  ~SqliteStore() override;

  absl::Status Insert(const JobRecord& record, std::string_view request) override;
  absl::Status Update(const JobRecord& record) override;
  absl::StatusOr<JobRecord> Get(std::string_view job_id) override;
  absl::StatusOr<JobRecord> GetByRequestId(std::string_view request_id) override;
  absl::StatusOr<std::string> GetRequest(std::string_view job_id) override;
  absl::StatusOr<std::vector<JobRecord>> Unended() override;
  absl::StatusOr<JobPage> List(int size, int64_t before) override;

 private:
  SqliteStore(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  absl::Status PrepareAll();
  absl::StatusOr<JobRecord> GetOne(sqlite::Statement& select, std::string_view key, std::string_view what);

  std::mutex mutex_;
  sqlite3* db_;
  const std::string path_;
  sqlite::Statement insert_, update_, get_, get_by_request_id_, get_request_, unended_, list_;
};

}  // namespace ringside::coordinator
