// What the kernels of this folder share: conversions, sums over a warp or block, and element-wise launches.
// Sums are made in a fixed order, so that a repeated step gives the same bits.
#pragma once

#ifdef RINGSIDE_CUDA_EMULATION
#include "workers/kernels/cuda/emulation/emulation.h"
#else
#include <cuda_runtime.h>
#endif

#include <algorithm>
#include <type_traits>

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

__device__ inline float Load(float value) {
  return value;
}
__device__ inline double Load(double value) {
  return value;
}
__device__ inline float Load(__nv_bfloat16 value) {
  return __bfloat162float(value);
}
__device__ inline float Load(__half value) {
  return __half2float(value);
}

// To the nearest, ties to even.
template <class E>
__device__ E Round(Stat<E> value) {
  if constexpr (sizeof(E) == 2) {
    if constexpr (std::is_same_v<E, __half>) {
      return __float2half_rn(value);
    } else {
      return __float2bfloat16_rn(value);
    }
  } else {
    return value;
  }
}

template <class T>
__device__ T Sigmoid(T x) {
  return T(1) / (T(1) + exp(-x));
}

// The result is every lane's.
template <class T>
__device__ T WarpSum(T value) {
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  return value;
}
template <class T>
__device__ T WarpMax(T value) {
  for (int offset = 16; offset > 0; offset /= 2) {
    const T other = __shfl_xor_sync(0xffffffffu, value, offset);
    value = other > value ? other : value;
  }
  return value;
}

// The result is every thread's. REQUIRES: all threads of a one-dimensional block of whole warps call it.
template <class T>
__device__ T BlockSum(T value) {
  __shared__ T of_warp[32];
  value = WarpSum(value);
  __syncthreads();  // the last call's are read
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  return WarpSum(threadIdx.x % 32 < blockDim.x / 32 ? of_warp[threadIdx.x % 32] : T(0));
}
template <class T>
__device__ T BlockMax(T value) {
  __shared__ T of_warp[32];
  value = WarpMax(value);
  __syncthreads();
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
  __syncthreads();
  return WarpMax(threadIdx.x % 32 < blockDim.x / 32 ? of_warp[threadIdx.x % 32] : of_warp[0]);
}

// The one place where kernels are launched.
template <class... Params, class... Args>
void Start(const Launch& launch, void (*kernel)(Params...), dim3 grid, dim3 block, Args... args) {
#ifdef RINGSIDE_CUDA_EMULATION
  emulation::Run(grid, block, [&] { kernel(args...); });
#else
  // clang-format off
  kernel<<<grid, block, 0, launch.stream>>>(args...);
  // clang-format on
#endif
}

inline constexpr int kBlock = 256;
inline constexpr int64_t kMaxBlocks = 8192;  // of a launch whose threads go on in strides

template <class Body>
__global__ void ForEachKernel(int64_t n, Body body) {
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += stride) body(i);
}

// body(i) for i in [0, n), in any order.
template <class Body>
void ForEach(const Launch& launch, int64_t n, Body body) {
  if (n <= 0) return;
  const int64_t blocks = std::min((n + kBlock - 1) / kBlock, kMaxBlocks);
  Start(launch, ForEachKernel<Body>, static_cast<unsigned>(blocks), kBlock, n, body);
}

template <class Body>
__global__ void ForRowsKernel(int64_t n, Body body) {
  for (int64_t i = blockIdx.x; i < n; i += gridDim.x) body(i);
}

// body(i) for i in [0, n), by all threads of a block of `threads` each.
template <class Body>
void ForRows(const Launch& launch, int64_t n, Body body, int threads = kBlock) {
  if (n <= 0) return;
  const int64_t blocks = std::min(n, int64_t{1} << 20);
  Start(launch, ForRowsKernel<Body>, static_cast<unsigned>(blocks), static_cast<unsigned>(threads), n, body);
}

#define RINGSIDE_CUDA_INSTANTIATE(Topic) \
  template struct Topic<float>;          \
  template struct Topic<double>;         \
  template struct Topic<__nv_bfloat16>;  \
  template struct Topic<__half>

}  // namespace ringside::kernels::cuda
