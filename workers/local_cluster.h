// All ranks of a job as threads of this process: what tests and small experiments use in three lines. It is
// the same executor over another transport; what is measured is measured.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "workers/executor.h"
#include "workers/kernels/data_source.h"
#include "workers/run_control.h"
#include "workers/run_hooks.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

struct LocalClusterOptions {
  // Overrides RunSpec.kernels; KERNELS_UNSPECIFIED leaves it to the programs.
  v1::KernelChoice kernels = v1::KERNELS_UNSPECIFIED;
  uint64_t shuffle_seed = 0;  // not 0: messages complete in a random order (thread_transport.h)
  bool background_communication = true;
  std::function<void(int rank, const StepReport&)> on_step;  // on the rank's thread
  const kernels::DataSource* data = nullptr;  // null: the synthetic data of the run; outlives the run
  // What is done around the steps of a rank; called once a rank, before its run, with what it may use.
  std::function<RunHooks(const plan::Program&, Transport*, RunControl*)> hooks;
};

// Runs to the end. The error of the rank that failed first of itself; the others are stopped then.
// INVALID_ARGUMENT: malformed programs, or faults that would hit this very process.
absl::StatusOr<v1::Trace> RunInThreads(const std::vector<plan::Program>& programs,
                                       const LocalClusterOptions& options = {});

}  // namespace ringside::workers
