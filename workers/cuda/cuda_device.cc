#include "workers/cuda/cuda_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "workers/cuda/make_communicator.h"

namespace ringside::workers::cuda {

absl::StatusOr<std::unique_ptr<CudaDevice>> CudaDevice::Make(const CudaOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<Context> context, Context::Make(options.context));
  std::unique_ptr<CudaDevice> device(new CudaDevice(options, std::move(context)));
  RINGSIDE_RETURN_IF_ERROR(device->context_->status());
  return device;
}

CudaDevice::CudaDevice(const CudaOptions& options, std::unique_ptr<Context> context)
    : options_(options),
      context_(std::move(context)),
      staging_(*context_),
      graph_(*context_),
      done_(*context_) {}

CudaDevice::~CudaDevice() {
  cudaStreamSynchronize(context_->stream());
}

std::string CudaDevice::Describe() const {
  std::string out = "; times of ops from CUDA events";
  if (options_.graphs) out += ", steps after the warm-up as CUDA graphs";
  if (communicates_) {
    out += fmt::format("; communication by {}: bytes are those of the plan's rounds, its hops are not seen",
                       DescribeNccl());
  }
  return out;
}

absl::StatusOr<std::byte*> CudaDevice::Map(int64_t bytes) {
  std::byte* at = nullptr;
  const cudaError_t error = cudaMalloc(reinterpret_cast<void**>(&at), bytes);
  if (error == cudaSuccess) return at;
  cudaGetLastError();  // told here
  return absl::ResourceExhaustedError(fmt::format("cudaMalloc: {}", cudaGetErrorString(error)));
}

void CudaDevice::Unmap(std::byte* begin, int64_t bytes) {
  context_->Check(cudaFree(begin), "cudaFree");
}

absl::Status CudaDevice::Prepare(const plan::Program& program, const Clock* clock, RunControl* control) {
  control_ = control;
  warmup_ = program.run.warmup();
  steps_ = 0;
  events_.clear();
  context_->Check(cudaSetDevice(options_.context.device), "cudaSetDevice");  // of this thread
  event_clock_.emplace(*context_, clock);
  events_of_op_.assign(program.ops.size(), -1);
  for (size_t i = 0; i < program.ops.size(); ++i) {
    if (plan::IsCommunication(program.ops[i].kind)) {
      communicates_ = true;
      continue;
    }
    events_of_op_[i] = static_cast<int32_t>(events_.size());
    events_.push_back({Event(*context_), Event(*context_)});
  }
  return context_->status();
}

absl::StatusOr<std::unique_ptr<Communicator>> CudaDevice::MakeCommunicator(const plan::Program& program,
                                                                           Transport* transport) {
  return MakeNcclCommunicator(program, transport, this, control_);
}

absl::Status CudaDevice::CopyToDevice(std::byte* to, const void* from, int64_t bytes) {
  std::byte* staged = staging_.Take(bytes);
  if (staged == nullptr) return context_->status();
  std::memcpy(staged, from, bytes);
  context_->Check(cudaMemcpyAsync(to, staged, bytes, cudaMemcpyHostToDevice, context_->stream()),
                  "cudaMemcpyAsync to the device");
  return context_->status();
}

absl::Status CudaDevice::CopyToHost(void* to, const std::byte* from, int64_t bytes) {
  context_->Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, context_->stream()),
                  "cudaMemcpyAsync to the host");
  return WaitForStream();
}

absl::Status CudaDevice::Synchronize() {
  return WaitForStream();
}

// By asking, not by cudaStreamSynchronize: a communication that will never end must not keep a rank that is
// to stop.
absl::Status CudaDevice::WaitForStream() {
  context_->Check(cudaEventRecord(done_.get(), context_->stream()), "cudaEventRecord");
  while (true) {
    RINGSIDE_RETURN_IF_ERROR(context_->status());
    const cudaError_t state = cudaEventQuery(done_.get());
    if (state == cudaSuccess) break;
    if (state != cudaErrorNotReady) {
      context_->Check(state, "an op of this step (RINGSIDE_CUDA_SYNC=1 tells which)");
      return context_->status();
    }
    cudaGetLastError();  // "not ready" is no error
    if (control_ != nullptr && control_->stop.load(std::memory_order_relaxed)) {
      return absl::CancelledError("the run was stopped");
    }
    if (healthy_) RINGSIDE_RETURN_IF_ERROR(healthy_());
    std::this_thread::yield();
  }
  if (!graph_.recording()) staging_.Reset();
  return context_->status();
}

absl::Status CudaDevice::BeginStep(int32_t step) {
  if (options_.graphs && steps_ >= MeasuredSteps()) {
    graph_.Begin();
  } else {
    event_clock_->Begin();
  }
  return context_->status();
}

void CudaDevice::BeginOp(int32_t op) {
  if (graph_.recording()) return;
  context_->Check(cudaEventRecord(events_[events_of_op_[op]].start.get(), context_->stream()),
                  "cudaEventRecord");
}

absl::Status CudaDevice::EndOp(int32_t op) {
  if (!graph_.recording()) {
    context_->Check(cudaEventRecord(events_[events_of_op_[op]].end.get(), context_->stream()),
                    "cudaEventRecord");
    if (options_.synchronous) return WaitForStream();
  }
  return context_->status();
}

absl::Status CudaDevice::EndStep() {
  measured_last_ = measuring();
  if (graph_.recording()) graph_.EndAndLaunch();
  RINGSIDE_RETURN_IF_ERROR(WaitForStream());
  ++steps_;
  return absl::OkStatus();
}

std::optional<Device::OpTimes> CudaDevice::TimesOf(int32_t op) const {
  if (!measured_last_) return std::nullopt;
  const Events& events = events_[events_of_op_[op]];
  const int64_t start_ns = event_clock_->ToNs(events.start);
  return OpTimes{start_ns, std::max(start_ns, event_clock_->ToNs(events.end))};
}

// Without graphs, all.
int64_t CudaDevice::MeasuredSteps() const {
  return options_.graphs ? std::max<int64_t>(1, warmup_) : std::numeric_limits<int32_t>::max();
}

}  // namespace ringside::workers::cuda
