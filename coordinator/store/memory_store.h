// A JobStore without a disk, for tests of what stands on it.
#pragma once

#include <map>
#include <mutex>

#include "coordinator/store/job_store.h"

namespace ringside::coordinator {

class MemoryStore : public JobStore {
 public:
  absl::Status Insert(const JobRecord& record, std::string_view request) override;
  absl::Status Update(const JobRecord& record) override;
  absl::StatusOr<JobRecord> Get(std::string_view job_id) override;
  absl::StatusOr<JobRecord> GetByRequestId(std::string_view request_id) override;
  absl::StatusOr<std::string> GetRequest(std::string_view job_id) override;
  absl::StatusOr<std::vector<JobRecord>> Unended() override;
  absl::StatusOr<JobPage> List(int size, int64_t before) override;

 private:
  struct Row {
    JobRecord record;
    std::string request;
  };
  Row* Find(std::string_view job_id);

  std::mutex mutex_;
  std::map<int64_t, Row> rows_;  // by order of submission, from 1
};

}  // namespace ringside::coordinator
