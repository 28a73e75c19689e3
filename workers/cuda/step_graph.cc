#include "workers/cuda/step_graph.h"

#include <utility>

namespace ringside::workers::cuda {

StepGraph::~StepGraph() {
  if (recording_) {
    cudaGraph_t graph = nullptr;
    cudaStreamEndCapture(context_.stream(), &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
  }
  if (executable_ != nullptr) cudaGraphExecDestroy(executable_);
}

void StepGraph::Begin() {
  context_.Check(cudaStreamBeginCapture(context_.stream(), cudaStreamCaptureModeThreadLocal),
                 "cudaStreamBeginCapture");
  recording_ = true;
}

void StepGraph::EndAndLaunch() {
  recording_ = false;
  cudaGraph_t graph = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(context_.stream(), &graph);
  context_.Check(ended, "cudaStreamEndCapture");
  if (ended != cudaSuccess || graph == nullptr) return;
  if (executable_ != nullptr) {
    cudaGraphExecUpdateResultInfo info{};
    if (cudaGraphExecUpdate(executable_, graph, &info) != cudaSuccess) {
      cudaGetLastError();  // its shape is another: built anew
      cudaGraphExecDestroy(std::exchange(executable_, nullptr));
    }
  }
  if (executable_ == nullptr) {
    context_.Check(cudaGraphInstantiate(&executable_, graph, 0), "cudaGraphInstantiate");
  }
  if (executable_ != nullptr) {
    context_.Check(cudaGraphLaunch(executable_, context_.stream()), "cudaGraphLaunch");
  }
  cudaGraphDestroy(graph);
}

}  // namespace ringside::workers::cuda
