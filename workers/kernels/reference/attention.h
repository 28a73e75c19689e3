// Reference causal self-attention, one row of scores at a time (Vaswani et al. 2017, section 3.2.1).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "workers/kernels/reference/gemm.h"

namespace ringside::kernels::reference {

// As Kernels::Attention. scratch [T]: the row of scores, then of probabilities.
template <class R>
void Attention(const R* qkv, R* out, R* lse, R* scratch, int64_t batch, int64_t t, int64_t h, int64_t d) {
  const int64_t row = 3 * h * d;  // from one position's q to the next one's
  const double scale = 1.0 / std::sqrt(static_cast<double>(d));
  for (int64_t bh = 0; bh < batch * h; ++bh) {
    const int64_t b = bh / h, head = bh % h;
    const R* q = qkv + b * t * row + head * d;
    const R* k = q + h * d;
    const R* v = k + h * d;
    for (int64_t i = 0; i < t; ++i) {
      double max = -INFINITY;
      for (int64_t j = 0; j <= i; ++j) {
        scratch[j] = static_cast<R>(scale * Dot(q + i * row, 1, k + j * row, d));
        max = std::max(max, static_cast<double>(scratch[j]));
      }
      double sum = 0;
      for (int64_t j = 0; j <= i; ++j) sum += std::exp(scratch[j] - max);
      const double row_lse = max + std::log(sum);
      lse[bh * t + i] = static_cast<R>(row_lse);
      for (int64_t j = 0; j <= i; ++j) scratch[j] = static_cast<R>(std::exp(scratch[j] - row_lse));
      R* out_i = out + ((b * t + i) * h + head) * d;
      for (int64_t x = 0; x < d; ++x) {
        double value = 0;
        for (int64_t j = 0; j <= i; ++j) value += static_cast<double>(scratch[j]) * v[j * row + x];
        out_i[x] = static_cast<R>(value);
      }
    }
  }
}

// As Kernels::AttentionBackward. With P = softmax(S), S = scale Q K^T, O = P V:
// dV = P^T dO, dP = dO V^T, dS = P * (dP - rowsum(dO * O)), dQ = scale dS K, dK = scale dS^T Q.
// scratch [2*T*T]: P, then scale * dS.
template <class R>
void AttentionBackward(const R* dout, const R* qkv, const R* out, const R* lse, R* dqkv, R* scratch,
                       int64_t batch, int64_t t, int64_t h, int64_t d) {
  const int64_t row = 3 * h * d;
  const double scale = 1.0 / std::sqrt(static_cast<double>(d));
  R* p = scratch;
  R* ds = scratch + t * t;
  for (int64_t bh = 0; bh < batch * h; ++bh) {
    const int64_t b = bh / h, head = bh % h;
    const int64_t first = b * t * row + head * d;
    const R *q = qkv + first, *k = q + h * d, *v = k + h * d;
    R *dq = dqkv + first, *dk = dq + h * d, *dv = dk + h * d;
    const R* o = out + b * t * h * d + head * d;
    const R* d_o = dout + b * t * h * d + head * d;
    for (int64_t i = 0; i < t; ++i) {
      const R* do_i = d_o + i * h * d;
      const double dot_out = Dot(do_i, 1, o + i * h * d, d);
      for (int64_t j = 0; j <= i; ++j) {
        const double score = scale * Dot(q + i * row, 1, k + j * row, d);
        const double prob = std::exp(score - lse[bh * t + i]);
        p[i * t + j] = static_cast<R>(prob);
        ds[i * t + j] = static_cast<R>(scale * prob * (Dot(do_i, 1, v + j * row, d) - dot_out));
      }
    }
    for (int64_t i = 0; i < t; ++i) {
      for (int64_t x = 0; x < d; ++x) {
        double dq_sum = 0, dk_sum = 0, dv_sum = 0;
        for (int64_t j = 0; j <= i; ++j) dq_sum += static_cast<double>(ds[i * t + j]) * k[j * row + x];
        for (int64_t j = i; j < t; ++j) {  // the queries that see key i
          dk_sum += static_cast<double>(ds[j * t + i]) * q[j * row + x];
          dv_sum += static_cast<double>(p[j * t + i]) * d_o[j * h * d + x];
        }
        dq[i * row + x] = static_cast<R>(dq_sum);
        dk[i * row + x] = static_cast<R>(dk_sum);
        dv[i * row + x] = static_cast<R>(dv_sum);
      }
    }
  }
}

}  // namespace ringside::kernels::reference
