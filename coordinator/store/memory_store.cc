#include "coordinator/store/memory_store.h"

#include "fmt/format.h"

namespace ringside::coordinator {

MemoryStore::Row* MemoryStore::Find(std::string_view job_id) {
  for (auto& [sequence, row] : rows_) {
    if (row.record.job.id() == job_id) return &row;
  }
  return nullptr;
}

absl::Status MemoryStore::Insert(const JobRecord& record, std::string_view request) {
  const std::lock_guard lock(mutex_);
  for (const auto& [sequence, row] : rows_) {
    if (row.record.job.id() == record.job.id() ||
        (!record.request_id.empty() && row.record.request_id == record.request_id)) {
      return absl::AlreadyExistsError(
          fmt::format("job {} or its request id is stored already", record.job.id()));
    }
  }
  const int64_t sequence = rows_.empty() ? 1 : rows_.rbegin()->first + 1;
  rows_[sequence] = {record, std::string(request)};
  return absl::OkStatus();
}

absl::Status MemoryStore::Update(const JobRecord& record) {
  const std::lock_guard lock(mutex_);
  Row* row = Find(record.job.id());
  if (row == nullptr) return absl::NotFoundError(fmt::format("no job {}", record.job.id()));
  row->record = record;
  return absl::OkStatus();
}

absl::StatusOr<JobRecord> MemoryStore::Get(std::string_view job_id) {
  const std::lock_guard lock(mutex_);
  const Row* row = Find(job_id);
  if (row == nullptr) return absl::NotFoundError(fmt::format("no job {}", job_id));
  return row->record;
}

absl::StatusOr<JobRecord> MemoryStore::GetByRequestId(std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [sequence, row] : rows_) {
    if (!request_id.empty() && row.record.request_id == request_id) return row.record;
  }
  return absl::NotFoundError(fmt::format("no job with request id {}", request_id));
}

absl::StatusOr<std::string> MemoryStore::GetRequest(std::string_view job_id) {
  const std::lock_guard lock(mutex_);
  const Row* row = Find(job_id);
  if (row == nullptr) return absl::NotFoundError(fmt::format("no job {}", job_id));
  return row->request;
}

absl::StatusOr<std::vector<JobRecord>> MemoryStore::Unended() {
  const std::lock_guard lock(mutex_);
  std::vector<JobRecord> records;
  for (const auto& [sequence, row] : rows_) {
    if (!HasEnded(row.record.job.state())) records.push_back(row.record);
  }
  return records;
}

absl::StatusOr<JobPage> MemoryStore::List(int size, int64_t before) {
  const std::lock_guard lock(mutex_);
  JobPage page;
  auto it = before == 0 ? rows_.end() : rows_.lower_bound(before);
  while (it != rows_.begin() && static_cast<int>(page.jobs.size()) < size) {
    --it;
    page.jobs.push_back(it->second.record);
  }
  if (it != rows_.begin() && it != rows_.end()) page.next_before = it->first;
  return page;
}

}  // namespace ringside::coordinator
