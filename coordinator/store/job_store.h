// Where jobs outlive the coordinator. A write that returned OK is durable: a job is acknowledged to its
// submitter only after Insert.
//
// Errors of every method: RESOURCE_EXHAUSTED: the disk is full. DATA_LOSS: the store is damaged.
// UNAVAILABLE: it cannot be read or written for another reason. Each names the store's place.
// Implementations may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/core/types.h"

namespace ringside::coordinator {

struct JobPage {
  std::vector<JobRecord> jobs;  // newest first
  int64_t next_before = 0;      // for the next page; 0: this was the last
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // `request` is the serialized SubmitRequest. ALREADY_EXISTS: the id or the request_id is taken.
  virtual absl::Status Insert(const JobRecord& record, std::string_view request) = 0;
  // NOT_FOUND: no such job.
  virtual absl::Status Update(const JobRecord& record) = 0;
  virtual absl::StatusOr<JobRecord> Get(std::string_view job_id) = 0;
  virtual absl::StatusOr<JobRecord> GetByRequestId(std::string_view request_id) = 0;
  virtual absl::StatusOr<std::string> GetRequest(std::string_view job_id) = 0;
  // Jobs that have not ended, oldest first.
  virtual absl::StatusOr<std::vector<JobRecord>> Unended() = 0;
  // Up to `size` jobs, newest first; `before`: JobPage::next_before of the page before, 0 for the first.
  virtual absl::StatusOr<JobPage> List(int size, int64_t before) = 0;
};

}  // namespace ringside::coordinator
