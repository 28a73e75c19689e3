// What every launcher of this folder is given. A launcher puts kernels on the stream and returns at once; its
// pointers are device addresses. Errors of a launch stay with the CUDA runtime (cudaGetLastError) until the
// context collects them.
//
// E is the element type on the device: float, double, __nv_bfloat16 or __half, the same bits as float,
// double, Bf16 and F16 of number.h.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

namespace ringside::kernels::cuda {

// Doubles of one half of the workspace that the kernels of one stream share: partial sums lie in the first,
// what is reduced further in the second.
inline constexpr int64_t kWorkspaceElems = int64_t{1} << 20;

struct Launch {
  cudaStream_t stream = nullptr;
  double* workspace = nullptr;  // [2, kWorkspaceElems]
};

// What statistics are kept and sums are made in: S of plan/program.h.
template <class E>
struct StatType {
  using Type = float;
};
template <>
struct StatType<double> {
  using Type = double;
};
template <class E>
using Stat = typename StatType<E>::Type;

}  // namespace ringside::kernels::cuda
