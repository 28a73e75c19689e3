// Runs one plan::Program to its end, exactly under the execution model of plan/program.h.
//
// The calling thread is the walk: it allocates, issues, computes, waits and releases in program order; a
// Communicator runs the communication streams beside it. The walk also drives communication while it waits.
// A loss that is NaN or infinite is no failure: it is recorded, as the arithmetic went on.
//
// With a Device, the buffers lie there and ops are only issued in program order; the walk waits at the end of
// a step. The order of execution is the same: the device runs compute ops one after the other, and a
// communication op begins when its deps and all compute ops before it have ended.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "workers/arena.h"
#include "workers/clock.h"
#include "workers/comm/communicator.h"
#include "workers/device.h"
#include "workers/kernels/dispatch.h"
#include "workers/kernels/number.h"
#include "workers/run_control.h"
#include "workers/tracer.h"

namespace ringside::workers {

struct StepReport {
  int32_t step = 0;
  bool has_loss = false;
  double loss = 0;
  int64_t step_ns = 0;
  int64_t live_bytes = 0;  // now
  int64_t peak_bytes = 0;  // so far
};

// On the walk's thread, between two steps: be quick.
using StepCallback = std::function<void(const StepReport&)>;

template <class R>
class Executor {
 public:
  // All outlive the executor. `program` passed ValidateProgram and its real type is R. `device` is that of
  // kernels, communicator and arena; nullptr: this process.
  Executor(const plan::Program& program, kernels::Kernels<R>& kernels, Communicator& communicator,
           Arena& arena, Tracer& tracer, const Clock& clock, RunControl& control,
           const kernels::DataSource& data, StepCallback on_step, Device* device = nullptr);

  // Persistent buffers and init ops. Before Run, once.
  absl::Status Initialize();
  // The steps from `first_step` on, which earlier ones have led up to. `after_step`, if there is one, is
  // called with the number of each step that was done; its error ends the run. RESOURCE_EXHAUSTED: the memory
  // limit; CANCELLED: control.stop; UNAVAILABLE or DATA_LOSS: communication. The message names rank, step and
  // op.
  absl::Status Run(int32_t first_step = 0, const std::function<absl::Status(int32_t)>& after_step = nullptr);

  // The first byte of a view of a persistent buffer, on the device if there is one. After Initialize.
  std::byte* Memory(const plan::View& view) const { return Address(view); }

  // Weights and gradients as they are now (RunSpec.keep_weights).
  absl::StatusOr<std::vector<v1::ParamValues>> Params() const;

 private:
  using S = typename kernels::StatOf<R>::Type;

  absl::Status RunStep(int32_t step);
  absl::Status RunCompute(int32_t index, const kernels::StepContext& context);
  absl::Status Allocate(int32_t op, int32_t buffer);
  void Release(int32_t op, int32_t buffer);
  void PlayFaults(int32_t step) const;
  void Straggle(int64_t start_ns) const;
  absl::StatusOr<std::vector<double>> Metrics() const;
  // The elements of a view, T each.
  template <class T>
  absl::StatusOr<std::vector<T>> Read(const plan::View& view) const;
  std::byte* Address(const plan::View& view) const;
  void Call(const plan::Op& op, const kernels::StepContext& context);
  absl::Status CallOnDevice(const plan::Op& op, const kernels::StepContext& context);
  absl::Status RunOnDevice(int32_t index, const kernels::StepContext& context);
  absl::Status EndStepOnDevice();
  absl::Status Where(const absl::Status& status, int32_t op) const;

  const plan::Program& program_;
  kernels::Kernels<R>& kernels_;
  Communicator& communicator_;
  Arena& arena_;
  Tracer& tracer_;
  const Clock& clock_;
  RunControl& control_;
  const kernels::DataSource& data_;
  const StepCallback on_step_;
  Device* const device_;
  double slowdown_ = 1;                                   // of a straggler's compute ops
  std::vector<std::byte*> address_;                       // by buffer; nullptr: not allocated
  std::vector<std::vector<int32_t>> allocate_, release_;  // buffers, by op
  std::vector<std::vector<int32_t>> waits_;               // by compute op: deps that are communication
  std::vector<int32_t> communication_;                    // ops
};

extern template class Executor<float>;
extern template class Executor<double>;
extern template class Executor<kernels::Bf16>;
extern template class Executor<kernels::F16>;

}  // namespace ringside::workers
