// A step as a CUDA graph: recorded anew every step, which costs the host little, and launched at once. What
// changes from step to step (learning rate, step number, the samples) are arguments of its kernels, so the
// graph that was instantiated first is updated, not built again.
#pragma once

#include <cuda_runtime_api.h>

#include "workers/kernels/cuda/context.h"

namespace ringside::workers::cuda {

class StepGraph {
 public:
  explicit StepGraph(kernels::cuda::Context& context) : context_(context) {}
  ~StepGraph();
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  // From here on, work of the context's stream, and of streams that wait for it, is recorded and not run.
  void Begin();
  // REQUIRES: all such streams were waited for by the context's. Launches what was recorded.
  void EndAndLaunch();
  bool recording() const { return recording_; }

 private:
  kernels::cuda::Context& context_;
  cudaGraphExec_t executable_ = nullptr;
  bool recording_ = false;
};

}  // namespace ringside::workers::cuda
