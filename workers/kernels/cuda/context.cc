#include "workers/kernels/cuda/context.h"

#include <fmt/format.h>

#include <utility>

#include "base/status_macros.h"

namespace ringside::kernels::cuda {

absl::Status CudaStatus(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return absl::OkStatus();
  return absl::InternalError(fmt::format("{}: {}", call, cudaGetErrorString(error)));
}

absl::StatusOr<int> CountDevices() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    cudaGetLastError();  // not to be found by a later call
    return absl::UnavailableError(fmt::format("no GPU can be used: {}", cudaGetErrorString(error)));
  }
  if (count == 0) return absl::UnavailableError("this machine has no GPU");
  return count;
}

absl::StatusOr<std::unique_ptr<Context>> Context::Make(const ContextOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const int count, CountDevices());
  if (options.device < 0 || options.device >= count) {
    return absl::UnavailableError(fmt::format("there is no GPU {}: {} are visible", options.device, count));
  }
  std::unique_ptr<Context> context(new Context(options));
  context->Open();
  RINGSIDE_RETURN_IF_ERROR(context->status());
  return context;
}

void Context::Open() {
  Check(cudaSetDevice(options_.device), "cudaSetDevice");
  cudaDeviceProp properties{};
  Check(cudaGetDeviceProperties(&properties, options_.device), "cudaGetDeviceProperties");
  device_name_ = fmt::format("{}, sm_{}{}", properties.name, properties.major, properties.minor);
  Check(cudaStreamCreateWithFlags(&launch_.stream, cudaStreamNonBlocking), "cudaStreamCreate");
  Check(cudaMalloc(reinterpret_cast<void**>(&launch_.workspace), 2 * kWorkspaceElems * sizeof(double)),
        "cudaMalloc of the kernels' workspace");
  Check(cudaMalloc(&gemm_workspace_, kGemmWorkspaceBytes), "cudaMalloc of the products' workspace");
}

Context::~Context() {
  if (launch_.stream != nullptr) {
    cudaStreamSynchronize(launch_.stream);
    cudaStreamDestroy(launch_.stream);
  }
  cudaFree(launch_.workspace);
  cudaFree(gemm_workspace_);
  cudaFree(scratch_);
}

std::byte* Context::Scratch(int64_t bytes) {
  if (bytes <= scratch_bytes_) return scratch_;
  Check(cudaStreamSynchronize(stream()), "cudaStreamSynchronize before growing the scratch memory");
  cudaFree(std::exchange(scratch_, nullptr));
  scratch_bytes_ = 0;
  const cudaError_t error = cudaMalloc(reinterpret_cast<void**>(&scratch_), bytes);
  Check(error, "cudaMalloc of scratch memory");
  if (error == cudaSuccess) scratch_bytes_ = bytes;
  return scratch_;
}

void Context::CopyIn(void* to, const void* from, int64_t bytes) {
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream()), "cudaMemcpyAsync to the device");
  Check(cudaStreamSynchronize(stream()), "cudaStreamSynchronize after a copy to the device");
}

void Context::Check(cudaError_t error, const char* call) {
  if (error != cudaSuccess && status_.ok()) status_ = CudaStatus(error, call);
}

void Context::Fail(absl::Status status) {
  status_.Update(std::move(status));
}

absl::Status Context::status() {
  Check(cudaGetLastError(), "a kernel's launch, or a call before it");
  return status_;
}

}  // namespace ringside::kernels::cuda
