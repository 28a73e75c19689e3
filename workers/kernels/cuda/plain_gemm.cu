#include "workers/kernels/cuda/plain_gemm.h"

#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {
namespace {

constexpr int kTile = 16;

template <class E, class Out>
__global__ void PlainGemmKernel(const E* a, const E* b, const E* bias, Out* c, GemmShape s, bool accumulate) {
  using S = Stat<E>;
  __shared__ S a_tile[kTile][kTile + 1], b_tile[kTile][kTile + 1];
  a += blockIdx.z * s.a_stride;
  b += blockIdx.z * s.b_stride;
  c += blockIdx.z * s.c_stride;
  const int64_t j = int64_t{blockIdx.x} * kTile + threadIdx.x;
  const int64_t i = int64_t{blockIdx.y} * kTile + threadIdx.y;
  S sum = 0;
  for (int64_t p = 0; p < s.k; p += kTile) {
    const int64_t a_p = p + threadIdx.x, b_p = p + threadIdx.y;
    a_tile[threadIdx.y][threadIdx.x] =
        i < s.m && a_p < s.k ? Load(s.trans_a ? a[a_p * s.m + i] : a[i * s.k + a_p]) : S(0);
    b_tile[threadIdx.y][threadIdx.x] =
        j < s.n && b_p < s.k ? Load(s.trans_b ? b[j * s.k + b_p] : b[b_p * s.n + j]) : S(0);
    __syncthreads();
    for (int x = 0; x < kTile; ++x) sum += a_tile[threadIdx.y][x] * b_tile[x][threadIdx.x];
    __syncthreads();
  }
  if (i >= s.m || j >= s.n) return;
  if (bias != nullptr) sum += Load(bias[j]);
  Out& into = c[i * s.n + j];
  into = Round<Out>(accumulate ? Load(into) + sum : sum);
}

}  // namespace

template <class E, class Out>
void PlainGemm<E, Out>::Run(const Launch& l, const E* a, const E* b, const E* bias, Out* c,
                            const GemmShape& s, bool accumulate) {
  const dim3 grid(static_cast<unsigned>((s.n + kTile - 1) / kTile),
                  static_cast<unsigned>((s.m + kTile - 1) / kTile), static_cast<unsigned>(s.batch));
  Start(l, PlainGemmKernel<E, Out>, grid, dim3(kTile, kTile), a, b, bias, c, s, accumulate);
}

template struct PlainGemm<float, float>;
template struct PlainGemm<double, double>;
template struct PlainGemm<__nv_bfloat16, __nv_bfloat16>;
template struct PlainGemm<__nv_bfloat16, float>;
template struct PlainGemm<__half, __half>;
template struct PlainGemm<__half, float>;

}  // namespace ringside::kernels::cuda
