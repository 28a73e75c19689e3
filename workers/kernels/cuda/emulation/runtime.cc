// The calls of the CUDA runtime that context.cc and the launchers make, on ordinary memory; a machine with
// one GPU. And cuBLASLt without algorithms, so that every product is one of plain_gemm.cu.
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>

#include "workers/kernels/cuda/lt_gemm.h"

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  std::strcpy(properties->name, "emulation on the CPU");
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  *stream = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** at, size_t bytes) {
  *at = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  return *at != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFree(void* at) {
  std::free(at);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* at, int value, size_t bytes, cudaStream_t stream) {
  std::memset(at, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t error) {
  return "an error of the emulation";
}

}  // extern "C"

namespace ringside::kernels::cuda {

absl::StatusOr<std::unique_ptr<LtGemm>> LtGemm::Make(Context* context) {
  static const CublasLt kNone{};
  return std::unique_ptr<LtGemm>(new LtGemm(context, &kNone, nullptr));
}
LtGemm::~LtGemm() = default;
bool LtGemm::Run(const Call& call) {
  return false;
}
std::string LtGemm::Version() const {
  return "none";
}

}  // namespace ringside::kernels::cuda
