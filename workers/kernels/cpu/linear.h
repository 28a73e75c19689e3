#pragma once

#include <algorithm>

#include "workers/kernels/cpu/activation.h"
#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k,
                         bool trans_a, bool trans_b, bool accumulate) {
  R* const sum = pre != nullptr ? pre : c;
  gemm_->Multiply({a, trans_a ? m : k, trans_a}, {b, trans_b ? k : n, trans_b}, sum, n, m, n, k,
                  accumulate && pre == nullptr);
  for (int64_t i = 0; i < m; ++i) {  // row by row, so that GELU finds the biased row in the cache
    if (bias != nullptr) AddRow(sum + i * n, bias, n);
    if (pre != nullptr) GeluRow(pre + i * n, c + i * n, n);
  }
}

template <class R>
void CpuKernels<R>::BiasResidual(const R* x, const R* bias, const R* residual, R* out, int64_t n, int64_t c) {
  for (int64_t i = 0; i < n; ++i) {
    const R* __restrict x_i = x + i * c;
    const R* __restrict from = residual + i * c;
    R* __restrict out_i = out + i * c;
    if (bias == nullptr) {
      for (int64_t j = 0; j < c; ++j)
        out_i[j] = static_cast<R>(static_cast<float>(from[j]) + static_cast<float>(x_i[j]));
    } else {
      for (int64_t j = 0; j < c; ++j) {
        out_i[j] = static_cast<R>(static_cast<float>(from[j]) + static_cast<float>(x_i[j]) +
                                  static_cast<float>(bias[j]));
      }
    }
  }
}

template <class R>
void CpuKernels<R>::BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    float sums[kColumnTile] = {};
    if (accumulate) ConvertRow(dbias + first, sums, width);
    constexpr int64_t kRows = 4;  // at a time, to touch the sums a fourth as often
    int64_t i = 0;
    for (; i + kRows <= n; i += kRows) {
      const R* __restrict row = dout + i * c + first;
      for (int64_t j = 0; j < width; ++j) {
        const float front = static_cast<float>(row[j]) + static_cast<float>(row[c + j]);
        sums[j] += front + (static_cast<float>(row[2 * c + j]) + static_cast<float>(row[3 * c + j]));
      }
    }
    for (; i < n; ++i) AddWide(sums, dout + i * c + first, width);
    ConvertRow(sums, dbias + first, width);
  });
}

}  // namespace ringside::kernels
