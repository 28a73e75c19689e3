// Running one scenario for real, to its end: what the runner needs of a coordinator.
#pragma once

#include "absl/status/statusor.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/scenario.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

struct JobResult {
  v1::Job job;      // as it ended: succeeded, failed (see job.failure) or cancelled
  v1::Trace trace;  // of a job that succeeded
};

class JobRunner {
 public:
  virtual ~JobRunner() = default;
  // Blocks until the job has ended. An error is the coordinator's own, never the job's: UNAVAILABLE (cannot
  // be reached, shutting down), RESOURCE_EXHAUSTED (its queue is full), DATA_LOSS (the trace cannot be read
  // back). Called from several threads.
  virtual absl::StatusOr<JobResult> RunJob(const v1::Scenario& scenario) = 0;
};

}  // namespace ringside::evaluator
