// One rank of a job from its program to its trace: arena, communicator, executor, clock alignment and tracer
// put together. What differs between a worker process and a thread of a local cluster is only the transport.
#pragma once

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "workers/clock.h"
#include "workers/executor.h"
#include "workers/kernel_set.h"
#include "workers/run_control.h"
#include "workers/run_hooks.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

struct RankRun {
  const plan::Program* program = nullptr;  // passed ValidateProgram
  KernelSet* kernels = nullptr;            // of the program's precision
  Transport* transport = nullptr;          // the program's rank and world size
  const Clock* clock = nullptr;
  RunControl* control = nullptr;
  const kernels::DataSource* data = nullptr;  // null: the synthetic data of the run
  StepCallback on_step;
  RunHooks hooks;  // around the steps: checkpoints
  bool background_communication = true;
};

// Collective over all ranks of the job. Errors as Executor::Run has them; INVALID_ARGUMENT: the transport is
// another rank's or of another size; FAILED_PRECONDITION: the ranks' programs do not communicate alike.
absl::StatusOr<v1::RankTrace> RunRank(const RankRun& run);

}  // namespace ringside::workers
