// What the kernels of one rank share: the GPU, the stream that computes, workspaces, and the first error.
// CUDA reports an error late and then with every call, so the first one is kept, with the call that saw it.
//
// Threading: one thread at a time.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

struct ContextOptions {
  int device = 0;
  // TF32 products in fp32 and GELU inside the product: faster, no longer within the bounds of the parity
  // suite (docs/gpu.md). RINGSIDE_CUDA_FAST=1.
  bool fast_math = false;
};

class Context {
 public:
  static constexpr int64_t kGemmWorkspaceBytes = int64_t{32} << 20;

  // UNAVAILABLE: there is no such GPU, or no driver.
  static absl::StatusOr<std::unique_ptr<Context>> Make(const ContextOptions& options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const ContextOptions& options() const { return options_; }
  cudaStream_t stream() const { return launch_.stream; }
  const Launch& launch() const { return launch_; }
  void* gemm_workspace() const { return gemm_workspace_; }
  // At least `bytes` of device memory, until the next call. Grows outside of a program's arena; null after an
  // error.
  std::byte* Scratch(int64_t bytes);

  // To the device, in the stream's order; `from` may be reused at once.
  void CopyIn(void* to, const void* from, int64_t bytes);

  // Keeps the error, if it is the first.
  void Check(cudaError_t error, const char* call);
  void Fail(absl::Status status);
  // The first error, also of launches since the last call.
  absl::Status status();

  std::string DeviceName() const { return device_name_; }

 private:
  explicit Context(const ContextOptions& options) : options_(options) {}
  void Open();

  const ContextOptions options_;
  Launch launch_;
  void* gemm_workspace_ = nullptr;
  std::byte* scratch_ = nullptr;
  int64_t scratch_bytes_ = 0;
  std::string device_name_;
  absl::Status status_;
};

// "cudaMalloc: out of memory", as INTERNAL.
absl::Status CudaStatus(cudaError_t error, const char* call);

// GPUs that this process can use; UNAVAILABLE says why there is none.
absl::StatusOr<int> CountDevices();

}  // namespace ringside::kernels::cuda
