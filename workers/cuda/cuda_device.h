// An NVIDIA GPU as a Device: compute ops on one stream, communication by NCCL on a stream for each
// plan::Stream, the times of ops from CUDA events on either side of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "workers/cuda/event.h"
#include "workers/cuda/options.h"
#include "workers/cuda/staging.h"
#include "workers/cuda/step_graph.h"
#include "workers/device.h"

namespace ringside::workers::cuda {

class CudaDevice : public Device {
 public:
  // UNAVAILABLE: no GPU or no driver.
  static absl::StatusOr<std::unique_ptr<CudaDevice>> Make(const CudaOptions& options);
  ~CudaDevice() override;

  Context& context() { return *context_; }
  // REQUIRES: Prepare.
  const EventClock& event_clock() const { return *event_clock_; }
  // Whether the step under way is measured op by op.
  bool measuring() const { return !graph_.recording() && steps_ < MeasuredSteps(); }
  // Asked while the host waits for the device; an error ends the waiting. Empty: nothing to ask.
  void SetHealthCheck(std::function<absl::Status()> healthy) { healthy_ = std::move(healthy); }

  std::string Describe() const override;
  absl::StatusOr<std::byte*> Map(int64_t bytes) override;
  void Unmap(std::byte* begin, int64_t bytes) override;
  absl::Status Prepare(const plan::Program& program, const Clock* clock, RunControl* control) override;
  absl::StatusOr<std::unique_ptr<Communicator>> MakeCommunicator(const plan::Program& program,
                                                                 Transport* transport) override;
  absl::Status CopyToDevice(std::byte* to, const void* from, int64_t bytes) override;
  absl::Status CopyToHost(void* to, const std::byte* from, int64_t bytes) override;
  absl::Status Synchronize() override;
  absl::Status BeginStep(int32_t step) override;
  void BeginOp(int32_t op) override;
  absl::Status EndOp(int32_t op) override;
  absl::Status EndStep() override;
  std::optional<OpTimes> TimesOf(int32_t op) const override;
  int64_t MeasuredSteps() const override;

 private:
  struct Events {
    Event start, end;
  };

  CudaDevice(const CudaOptions& options, std::unique_ptr<Context> context);
  absl::Status WaitForStream();

  const CudaOptions options_;
  const std::unique_ptr<Context> context_;
  Staging staging_;
  StepGraph graph_;
  Event done_;
  std::optional<EventClock> event_clock_;
  RunControl* control_ = nullptr;
  std::function<absl::Status()> healthy_;
  std::vector<Events> events_;  // by compute op
  std::vector<int32_t> events_of_op_;
  bool communicates_ = false;
  int64_t warmup_ = 0;
  int64_t steps_ = 0;  // ended
  bool measured_last_ = false;
};

}  // namespace ringside::workers::cuda
