#include "coordinator/store/sqlite_store.h"

#include "base/status_macros.h"
#include "coordinator/store/migrations.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

using sqlite::SqliteError;
using sqlite::Statement;

#define RINGSIDE_JOB_COLUMNS                                                                               \
  "sequence, id, request_id, name, state, attempt, cancel_requested, submitted_unix_ns, started_unix_ns, " \
  "finished_unix_ns, failure, launcher, launcher_note, world_size, steps, reports_loss, deadline_ns, "     \
  "stall_ns, restarts, max_restarts"

JobRecord ReadJob(const Statement& row) {
  JobRecord record;
  record.job.set_id(row.Text(1));
  record.request_id = row.Text(2);
  record.job.set_name(row.Text(3));
  record.job.set_state(static_cast<v1::JobState>(row.Int(4)));
  record.job.set_attempt(static_cast<int32_t>(row.Int(5)));
  record.cancel_requested = row.Int(6) != 0;
  record.job.set_submitted_unix_ns(row.Int(7));
  record.job.set_started_unix_ns(row.Int(8));
  record.job.set_finished_unix_ns(row.Int(9));
  if (const std::string failure = row.Text(10); !failure.empty()) {
    record.job.mutable_failure()->ParseFromString(failure);
  }
  record.job.set_launcher(row.Text(11));
  record.job.set_launcher_note(row.Text(12));
  record.job.set_world_size(static_cast<int32_t>(row.Int(13)));
  record.spec.world_size = record.job.world_size();
  record.spec.steps = static_cast<int>(row.Int(14));
  record.spec.reports_loss = row.Int(15) != 0;
  record.spec.deadline_ns = row.Int(16);
  record.spec.stall_ns = row.Int(17);
  v1::Job restarts;
  if (restarts.ParseFromString(row.Text(18))) *record.job.mutable_restarts() = restarts.restarts();
  record.spec.max_restarts = static_cast<int>(row.Int(19));
  return record;
}

// state .. restarts, in the order that both INSERT and UPDATE name them.
void BindState(const JobRecord& record, Statement& statement) {
  const v1::Job& job = record.job;
  statement.Bind(int64_t{job.state()})
      .Bind(int64_t{job.attempt()})
      .Bind(int64_t{record.cancel_requested})
      .Bind(job.started_unix_ns())
      .Bind(job.finished_unix_ns());
  if (job.has_failure()) {
    statement.BindBlob(job.failure().SerializeAsString());
  } else {
    statement.BindNull();
  }
  statement.Bind(job.launcher()).Bind(job.launcher_note());
  v1::Job restarts;
  *restarts.mutable_restarts() = job.restarts();
  statement.BindBlob(restarts.SerializeAsString());
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path) {
  sqlite3* db = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteStore> store(new SqliteStore(db, path));
  if (opened != SQLITE_OK) return SqliteError(db, "open the job store", path);
  sqlite3_busy_timeout(db, 5000);  // a person's sqlite3 shell may hold the file for a moment
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"}) {
    if (sqlite3_exec(db, pragma, nullptr, nullptr, nullptr) != SQLITE_OK)
      return SqliteError(db, pragma, path);
  }
  RINGSIDE_RETURN_IF_ERROR(Migrate(db, path));
  RINGSIDE_RETURN_IF_ERROR(store->PrepareAll());
  return store;
}

SqliteStore::~SqliteStore() {
  for (Statement* statement :
       {&insert_, &update_, &get_, &get_by_request_id_, &get_request_, &unended_, &list_}) {
    *statement = Statement();
  }
  sqlite3_close_v2(db_);
}

absl::Status SqliteStore::PrepareAll() {
  const auto prepare = [&](Statement& into, const char* sql) -> absl::Status {
    RINGSIDE_ASSIGN_OR_RETURN(into, Statement::Prepare(db_, path_, sql));
    return absl::OkStatus();
  };
  RINGSIDE_RETURN_IF_ERROR(prepare(
      insert_,
      "INSERT INTO jobs (state, attempt, cancel_requested, started_unix_ns, finished_unix_ns, failure, "
      "launcher, "
      "launcher_note, restarts, id, request_id, name, submitted_unix_ns, world_size, steps, reports_loss, "
      "deadline_ns, "
      "stall_ns, max_restarts, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)"));
  RINGSIDE_RETURN_IF_ERROR(
      prepare(update_,
              "UPDATE jobs SET state = ?, attempt = ?, cancel_requested = ?, "
              "started_unix_ns = ?, finished_unix_ns = ?, "
              "failure = ?, launcher = ?, launcher_note = ?, restarts = ? WHERE id = ?"));
  RINGSIDE_RETURN_IF_ERROR(prepare(get_, "SELECT " RINGSIDE_JOB_COLUMNS " FROM jobs WHERE id = ?"));
  RINGSIDE_RETURN_IF_ERROR(
      prepare(get_by_request_id_, "SELECT " RINGSIDE_JOB_COLUMNS " FROM jobs WHERE request_id = ?"));
  RINGSIDE_RETURN_IF_ERROR(prepare(get_request_, "SELECT request FROM jobs WHERE id = ?"));
  RINGSIDE_RETURN_IF_ERROR(
      prepare(unended_, "SELECT " RINGSIDE_JOB_COLUMNS " FROM jobs WHERE state IN (1, 2) ORDER BY sequence"));
  return prepare(
      list_, "SELECT " RINGSIDE_JOB_COLUMNS " FROM jobs WHERE sequence < ? ORDER BY sequence DESC LIMIT ?");
}

absl::Status SqliteStore::Insert(const JobRecord& record, std::string_view request) {
  const std::lock_guard lock(mutex_);
  BindState(record, insert_);
  insert_.Bind(record.job.id());
  if (record.request_id.empty()) {
    insert_.BindNull();
  } else {
    insert_.Bind(record.request_id);
  }
  insert_.Bind(record.job.name())
      .Bind(record.job.submitted_unix_ns())
      .Bind(int64_t{record.spec.world_size})
      .Bind(int64_t{record.spec.steps})
      .Bind(int64_t{record.spec.reports_loss})
      .Bind(record.spec.deadline_ns)
      .Bind(record.spec.stall_ns)
      .Bind(int64_t{record.spec.max_restarts})
      .BindBlob(request);
  return insert_.Run();
}

absl::Status SqliteStore::Update(const JobRecord& record) {
  const std::lock_guard lock(mutex_);
  BindState(record, update_);
  update_.Bind(record.job.id());
  RINGSIDE_RETURN_IF_ERROR(update_.Run());
  if (sqlite3_changes(db_) == 1) return absl::OkStatus();
  return absl::NotFoundError(fmt::format("no job {} in {}", record.job.id(), path_));
}

absl::StatusOr<JobRecord> SqliteStore::GetOne(Statement& select, std::string_view key,
                                              std::string_view what) {
  select.Bind(key);
  RINGSIDE_ASSIGN_OR_RETURN(const bool found, select.Step());
  absl::StatusOr<JobRecord> record = absl::NotFoundError(fmt::format("no job {}{}", what, key));
  if (found) record = ReadJob(select);
  select.Reset();
  return record;
}

absl::StatusOr<JobRecord> SqliteStore::Get(std::string_view job_id) {
  const std::lock_guard lock(mutex_);
  return GetOne(get_, job_id, "");
}

absl::StatusOr<JobRecord> SqliteStore::GetByRequestId(std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  return GetOne(get_by_request_id_, request_id, "with request id ");
}

absl::StatusOr<std::string> SqliteStore::GetRequest(std::string_view job_id) {
  const std::lock_guard lock(mutex_);
  get_request_.Bind(job_id);
  RINGSIDE_ASSIGN_OR_RETURN(const bool found, get_request_.Step());
  absl::StatusOr<std::string> request = absl::NotFoundError(fmt::format("no job {}", job_id));
  if (found) request = get_request_.Text(0);
  get_request_.Reset();
  return request;
}

absl::StatusOr<std::vector<JobRecord>> SqliteStore::Unended() {
  const std::lock_guard lock(mutex_);
  std::vector<JobRecord> records;
  for (;;) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, unended_.Step());
    if (!row) break;
    records.push_back(ReadJob(unended_));
  }
  unended_.Reset();
  return records;
}

absl::StatusOr<JobPage> SqliteStore::List(int size, int64_t before) {
  const std::lock_guard lock(mutex_);
  JobPage page;
  list_.Bind(before == 0 ? INT64_MAX : before)
      .Bind(int64_t{size} + 1);  // one more tells whether there is a next page
  int64_t last_sequence = 0;
  for (;;) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, list_.Step());
    if (!row) break;
    if (static_cast<int>(page.jobs.size()) == size) {
      page.next_before = last_sequence;
      break;
    }
    last_sequence = list_.Int(0);
    page.jobs.push_back(ReadJob(list_));
  }
  list_.Reset();
  return page;
}

}  // namespace ringside::coordinator
