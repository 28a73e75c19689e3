// Another device than the CPU that a rank's buffers lie on and its kernels run on. The walk issues to it and
// goes on: what was issued runs in the order of the walk, and the walk waits for it at the end of a step.
//
// A rank without one (nullptr everywhere) computes in the process's memory, op by op.
//
// Threading: the walk's thread. Errors: INTERNAL names the call that failed and says what the device said;
// CANCELLED: the run was stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/clock.h"
#include "workers/comm/communicator.h"
#include "workers/memory_source.h"
#include "workers/run_control.h"
#include "workers/transport/transport.h"

namespace ringside::workers {

class Device : public MemorySource {
 public:
  struct OpTimes {
    int64_t start_ns = 0, end_ns = 0;  // of the clock that Prepare was given
  };

  // What follows the description of its kernels in a trace's environment.
  virtual std::string Describe() const { return ""; }
  // Once, before the program's buffers are mapped. Both outlive the run.
  virtual absl::Status Prepare(const plan::Program& program, const Clock* clock, RunControl* control) = 0;
  // Streams of communication between the buffers of this device and those of the other ranks, driven by the
  // device. After Prepare; collective over all ranks of the job, by way of `transport`. The communicator's
  // Wait only orders what is issued next behind the op; its records are there after EndStep.
  virtual absl::StatusOr<std::unique_ptr<Communicator>> MakeCommunicator(const plan::Program& program,
                                                                         Transport* transport) = 0;

  // In the order of the walk; `from` may be reused at once.
  virtual absl::Status CopyToDevice(std::byte* to, const void* from, int64_t bytes) = 0;
  // After all that was issued before; waits for it.
  virtual absl::Status CopyToHost(void* to, const std::byte* from, int64_t bytes) = 0;
  virtual absl::Status Synchronize() = 0;  // waits for all that was issued

  // Around a step and around each of its compute ops.
  virtual absl::Status BeginStep(int32_t step) = 0;
  virtual void BeginOp(int32_t op) = 0;
  virtual absl::Status EndOp(int32_t op) = 0;
  virtual absl::Status EndStep() = 0;  // waits for all that was issued
  // Of a compute op of the step that ended last; nullopt: was not measured.
  virtual std::optional<OpTimes> TimesOf(int32_t op) const = 0;
  // How many steps, from the first on, are measured op by op; the others are measured as a whole.
  virtual int64_t MeasuredSteps() const = 0;
};

}  // namespace ringside::workers
