// Mixture of experts: who goes where, and the copies there and back. Routing is little work and not
// vectorised; sums over the experts of a token run in float, those over tokens in double.
#pragma once

#include <algorithm>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"
#include "workers/kernels/reference/moe.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::Router(const R* logits, float* probs, int32_t* slot, int32_t* choice, float* weight,
                           float* load, int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity,
                           int64_t cp) {
  reference::Router(logits, probs, slot, choice, weight, load, n, e, k, t, capacity, cp);
}

template <class R>
void CpuKernels<R>::AuxLoss(const float* probs, const float* load, float* loss, int64_t n, int64_t e,
                            int64_t t, int64_t cp, double scale) {
  reference::AuxLoss(probs, load, loss, n, e, t, cp, scale);
}

template <class R>
void CpuKernels<R>::RouterBackward(const float* probs, const int32_t* slot, const int32_t* choice,
                                   const float* dweight, const float* load, R* dlogits, int64_t n, int64_t e,
                                   int64_t k, int64_t t, int64_t cp, double aux_scale, double grad_scale) {
  reference::RouterBackward(probs, choice, dweight, load, dlogits, n, e, k, t, cp, aux_scale, grad_scale);
}

template <class R>
void CpuKernels<R>::Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c,
                             int64_t rows) {
  reference::Dispatch(x, slot, out, n, k, c, rows);
}

template <class R>
void AddWeightedRow(float* __restrict into, const R* __restrict from, float weight, int64_t n) {
  for (int64_t j = 0; j < n; ++j) into[j] += weight * static_cast<float>(from[j]);
}

// out [N, C] = the sum over k of weight[n, k] (null: 1) * y[slot[n, k]].
template <class R>
void GatherRows(const R* y, const int32_t* slot, const float* weight, R* out, int64_t n, int64_t k,
                int64_t c) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    float sums[kColumnTile];
    for (int64_t i = 0; i < n; ++i) {
      std::fill_n(sums, width, 0.0f);
      for (int64_t x = i * k; x < (i + 1) * k; ++x) {
        if (slot[x] < 0) continue;
        AddWeightedRow(sums, y + slot[x] * c + first, weight != nullptr ? weight[x] : 1.0f, width);
      }
      ConvertRow(sums, out + i * c + first, width);
    }
  });
}

template <class R>
void CpuKernels<R>::Combine(const R* y, const int32_t* slot, const float* weight, R* out, int64_t n,
                            int64_t k, int64_t c, int64_t rows) {
  GatherRows(y, slot, weight, out, n, k, c);
}

template <class R>
void CpuKernels<R>::DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k,
                                     int64_t c, int64_t rows) {
  GatherRows<R>(dxe, slot, nullptr, dx, n, k, c);
}

template <class R>
void WeightRow(const R* __restrict from, float weight, R* __restrict to, int64_t n) {
  for (int64_t j = 0; j < n; ++j) to[j] = static_cast<R>(weight * static_cast<float>(from[j]));
}

template <class R>
void CpuKernels<R>::CombineBackward(const R* dout, const R* y, const int32_t* slot, const float* weight,
                                    R* dy, float* dweight, int64_t n, int64_t k, int64_t c, int64_t rows) {
  std::fill_n(dy, rows * c, R{0});
  for (int64_t x = 0; x < n * k; ++x) {
    const R* dout_i = dout + x / k * c;
    dweight[x] = slot[x] < 0 ? 0.0f : RowDot(dout_i, y + slot[x] * c, c);
    if (slot[x] >= 0) WeightRow(dout_i, weight[x], dy + slot[x] * c, c);
  }
}

}  // namespace ringside::kernels
