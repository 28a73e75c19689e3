// Reference causal attention (Vaswani et al. 2017, section 3.2.1) with shared key/value heads (Ainslie et al.
// 2023), of a rank's queries against a rank's keys: plain attention is that of one rank that has all. One row
// at a time; sums in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "plan/sequence_slice.h"
#include "workers/kernels/reference/gemm.h"

namespace ringside::kernels::reference {

struct AttentionShape {
  int64_t batch, t, h, g, d;
  int64_t cp = 1, q_rank = 0, kv_rank = 0;

  int64_t q_row() const { return (h + 2 * g) * d; }  // from one position to the next in qkv
  bool Sees(int64_t query, int64_t key) const {
    return plan::GlobalPosition(key, t, cp, kv_rank) <= plan::GlobalPosition(query, t, cp, q_rank);
  }
};

// Keys and values: `k` of the first position's first head, `row` to the next position; values are g * d
// behind.
template <class R>
struct KeyValues {
  R* k;
  int64_t row;
};

// As Kernels::RingAttention. scratch [T]: a row of scores, then of probabilities.
template <class R, class S>
void Attention(const R* qkv, const KeyValues<const R>& kv, R* out, S* lse, S* scratch,
               const AttentionShape& s, bool accumulate) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(s.d));
  for (int64_t bh = 0; bh < s.batch * s.h; ++bh) {
    const int64_t b = bh / s.h, head = bh % s.h, kv_head = head / (s.h / s.g);
    const R* k = kv.k + b * s.t * kv.row + kv_head * s.d;
    const R* v = k + s.g * s.d;
    for (int64_t i = 0; i < s.t; ++i) {
      const R* q_i = qkv + (b * s.t + i) * s.q_row() + head * s.d;
      R* out_i = out + ((b * s.t + i) * s.h + head) * s.d;
      S& lse_i = lse[bh * s.t + i];
      double max = -INFINITY;
      for (int64_t j = 0; j < s.t; ++j) {
        scratch[j] = s.Sees(i, j) ? static_cast<S>(scale * Dot(q_i, 1, k + j * kv.row, s.d))
                                  : -static_cast<S>(INFINITY);
        max = std::max(max, static_cast<double>(scratch[j]));
      }
      if (max == -INFINITY) {  // sees none of these keys
        if (!accumulate) {
          lse_i = static_cast<S>(max);
          std::fill_n(out_i, s.d, R{0});
        }
        continue;
      }
      double sum = 0;
      for (int64_t j = 0; j < s.t; ++j) sum += std::exp(scratch[j] - max);
      double row_lse = max + std::log(sum), before = 0;  // the weight of what out_i holds
      if (accumulate && lse_i > -INFINITY) {
        const double larger = std::max<double>(lse_i, row_lse), smaller = std::min<double>(lse_i, row_lse);
        row_lse = larger + std::log1p(std::exp(smaller - larger));
        before = std::exp(lse_i - row_lse);
      }
      lse_i = static_cast<S>(row_lse);
      for (int64_t j = 0; j < s.t; ++j) scratch[j] = static_cast<S>(std::exp(scratch[j] - row_lse));
      for (int64_t x = 0; x < s.d; ++x) {
        double value = before > 0 ? before * out_i[x] : 0.0;
        for (int64_t j = 0; j < s.t; ++j) {
          if (scratch[j] > 0) value += static_cast<double>(scratch[j]) * v[j * kv.row + x];
        }
        out_i[x] = static_cast<R>(value);
      }
    }
  }
}

// The backward pass of one head's query i and key j. With P = exp(scale q k - lse) and O = P V: dP = dO V^T,
// dS = scale P (dP - rowsum(dO * O)).
struct PairGradient {
  double prob, d_score;
};

// As Kernels::RingAttentionBackward: dV = P^T dO, dQ = dS K, dK = dS^T Q. Everything is computed anew from
// lse for each pair, so that no T x T matrix is held.
template <class R, class S>
void AttentionBackward(const R* dout, const R* qkv, const KeyValues<const R>& kv, const R* out, const S* lse,
                       R* dqkv, const KeyValues<R>& dkv, const AttentionShape& s, bool accumulate) {
  constexpr int64_t kTile = 128;  // columns of a head that are summed at a time
  const double scale = 1.0 / std::sqrt(static_cast<double>(s.d));
  const int64_t q_row = s.q_row(), out_row = s.h * s.d, group = s.h / s.g;
  double sums[kTile], value_sums[kTile];
  for (int64_t b = 0; b < s.batch; ++b) {
    const auto pair = [&](int64_t head, int64_t i, int64_t j, double dot_out) -> PairGradient {
      const R* k_j = kv.k + (b * s.t + j) * kv.row + head / group * s.d;
      const R* q_i = qkv + (b * s.t + i) * q_row + head * s.d;
      const R* do_i = dout + (b * s.t + i) * out_row + head * s.d;
      const double prob = std::exp(scale * Dot(q_i, 1, k_j, s.d) - lse[(b * s.h + head) * s.t + i]);
      return {prob, scale * prob * (Dot(do_i, 1, k_j + s.g * s.d, s.d) - dot_out)};
    };
    const auto dot_out = [&](int64_t head, int64_t i) {
      const int64_t at = (b * s.t + i) * out_row + head * s.d;
      return Dot(dout + at, 1, out + at, s.d);
    };
    for (int64_t x0 = 0; x0 < s.d; x0 += kTile) {
      const int64_t width = std::min(kTile, s.d - x0);
      for (int64_t head = 0; head < s.h; ++head) {
        for (int64_t i = 0; i < s.t; ++i) {
          const double dot = dot_out(head, i);
          R* dq = dqkv + (b * s.t + i) * q_row + head * s.d + x0;
          for (int64_t x = 0; x < width; ++x) sums[x] = accumulate ? static_cast<double>(dq[x]) : 0.0;
          for (int64_t j = 0; j < s.t; ++j) {
            if (!s.Sees(i, j)) continue;
            const double d_score = pair(head, i, j, dot).d_score;
            const R* k_j = kv.k + (b * s.t + j) * kv.row + head / group * s.d + x0;
            for (int64_t x = 0; x < width; ++x) sums[x] += d_score * k_j[x];
          }
          for (int64_t x = 0; x < width; ++x) dq[x] = static_cast<R>(sums[x]);
        }
      }
      for (int64_t kv_head = 0; kv_head < s.g; ++kv_head) {
        for (int64_t j = 0; j < s.t; ++j) {
          std::fill_n(sums, width, 0.0);
          std::fill_n(value_sums, width, 0.0);
          for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
            for (int64_t i = 0; i < s.t; ++i) {
              if (!s.Sees(i, j)) continue;
              const PairGradient gradient = pair(head, i, j, dot_out(head, i));
              const R* q_i = qkv + (b * s.t + i) * q_row + head * s.d + x0;
              const R* do_i = dout + (b * s.t + i) * out_row + head * s.d + x0;
              for (int64_t x = 0; x < width; ++x) {
                sums[x] += gradient.d_score * q_i[x];
                value_sums[x] += gradient.prob * do_i[x];
              }
            }
          }
          R* dk = dkv.k + (b * s.t + j) * dkv.row + kv_head * s.d + x0;
          R* dv = dk + s.g * s.d;
          for (int64_t x = 0; x < width; ++x) {
            dk[x] = static_cast<R>(sums[x]);
            dv[x] = static_cast<R>(value_sums[x]);
          }
        }
      }
    }
  }
}

}  // namespace ringside::kernels::reference
