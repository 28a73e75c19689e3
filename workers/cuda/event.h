// Owned CUDA events and streams, and the time of events on a clock of the host.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <utility>

#include "workers/clock.h"
#include "workers/kernels/cuda/context.h"

namespace ringside::workers::cuda {

using kernels::cuda::Context;

// Errors of creation go to the context.
class Event {
 public:
  explicit Event(Context& context) { context.Check(cudaEventCreate(&event_), "cudaEventCreate"); }
  Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  ~Event() {
    if (event_ != nullptr) cudaEventDestroy(event_);
  }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

class Stream {
 public:
  explicit Stream(Context& context) {
    context.Check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  ~Stream() {
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// Times of events that are timed against one event of this step, whose time on the host is known to some
// microseconds.
class EventClock {
 public:
  EventClock(Context& context, const Clock* clock) : context_(context), clock_(clock), base_(context) {}

  // Waits for the context's stream: nothing may be under way.
  void Begin() {
    const int64_t before_ns = clock_->NowNs();
    context_.Check(cudaEventRecord(base_.get(), context_.stream()), "cudaEventRecord");
    context_.Check(cudaEventSynchronize(base_.get()), "cudaEventSynchronize at the start of a step");
    base_ns_ = before_ns + (clock_->NowNs() - before_ns) / 2;
  }
  // REQUIRES: the event was recorded after Begin, outside of a capture, and has ended.
  int64_t ToNs(const Event& event) const {
    float elapsed_ms = 0;
    context_.Check(cudaEventElapsedTime(&elapsed_ms, base_.get(), event.get()), "cudaEventElapsedTime");
    return base_ns_ + static_cast<int64_t>(static_cast<double>(elapsed_ms) * 1e6);
  }
  int64_t NowNs() const { return clock_->NowNs(); }

 private:
  Context& context_;
  const Clock* const clock_;
  Event base_;
  int64_t base_ns_ = 0;
};

}  // namespace ringside::workers::cuda
