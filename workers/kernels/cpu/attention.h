// Causal attention in blocks of query rows: a block needs the keys up to its own last row only, so that
// half of the T x T scores is never computed. The products go to the GEMM library, straight from the
// interleaved rows; the scratch holds a block's scores, dense, [rows, keys].
//
// Plain attention is ring attention of one rank over its own keys. Whatever the ranks, the keys that a query
// sees are the first ones of those at hand (VisibleKeys): a rank's two pieces of a sequence lie in order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"
#include "workers/kernels/cpu/vector_math.h"

namespace ringside::kernels {

struct AttentionShape {
  int64_t batch, t, h, g, d;
  int64_t q_rank = 0, kv_rank = 0;

  int64_t q_row() const { return (h + 2 * g) * d; }  // from one position to the next in qkv
  int64_t out_row() const { return h * d; }
  // How many of the keys, from the first on, the query of local row `i` sees. Rank r has the pieces r and
  // 2 cp - 1 - r: against an earlier rank's keys every query sees the first piece and none the second;
  // against a later rank's the second half of the queries sees all, the first half none.
  int64_t VisibleKeys(int64_t i) const {
    if (q_rank == kv_rank) return i + 1;
    if (kv_rank < q_rank) return t / 2;
    return i < t / 2 ? 0 : t;
  }
  int64_t FirstSeeingQuery() const { return kv_rank > q_rank ? t / 2 : 0; }
};

// Keys and values: `k` of the first position's first head, `row` to the next position; the values are g * d
// elements behind the keys.
template <class R>
struct KeyValues {
  R* k;
  int64_t row;
};

// A block's scores as the next product reads them: in float where they lie, narrow ones in the same place,
// row over row. A narrow row ends before the float row that is narrowed next.
template <class R>
struct ScoreBlock {
  float* data;
  int64_t keys;

  float* Row(int64_t i) const { return data + i * keys; }
  static constexpr int64_t kPerFloat = static_cast<int64_t>(sizeof(float) / sizeof(R));
  GemmInput<R> Input(bool transposed) const {
    return {static_cast<const R*>(static_cast<const void*>(data)), keys * kPerFloat, transposed};
  }
  // Row i is final: makes it what Input reads.
  void Finish(int64_t i) const {
    if constexpr (!std::is_same_v<R, float>) {
      constexpr int64_t kPiece = 512;
      R narrow[kPiece];
      float* row = Row(i);
      for (int64_t j = 0; j < keys; j += kPiece) {
        const int64_t width = std::min(kPiece, keys - j);
        ConvertRow(row + j, narrow, width);
        // As bytes: what is behind has been read already.
        std::memcpy(static_cast<std::byte*>(static_cast<void*>(row)) + j * sizeof(R), narrow,
                    static_cast<size_t>(width) * sizeof(R));
      }
    }
  }
};

struct SoftmaxSum {
  float max;  // of the scaled scores
  float sum;  // of exp(score - max)
};

// scores [n] -> exp(scale * scores - max)
inline SoftmaxSum ExpRow(float* __restrict scores, int64_t n, float scale) {
  const float max = RowMax(scores, n);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < n; ++j) {
    scores[j] = FastExp(scale * (scores[j] - max));
    sum += scores[j];
  }
  return {scale * max, sum};
}

template <class T>
void ScaleRow(T* __restrict row, int64_t n, float factor) {
  for (int64_t j = 0; j < n; ++j) row[j] = static_cast<T>(static_cast<float>(row[j]) * factor);
}

// scores -> P = exp(scale * scores - lse); d_probs -> scale * dS = scale * P * (dP - dot_out). Both 0 behind
// `seen`.
inline void SoftmaxBackwardRow(float* __restrict scores, float* __restrict d_probs, int64_t seen,
                               int64_t keys, float scale, float lse, float dot_out) {
  for (int64_t j = 0; j < seen; ++j) {
    const float prob = FastExp(scale * scores[j] - lse);
    scores[j] = prob;
    d_probs[j] = scale * prob * (d_probs[j] - dot_out);
  }
  std::fill(scores + seen, scores + keys, 0.0f);
  std::fill(d_probs + seen, d_probs + keys, 0.0f);
}

// out and lse of one query row from its scores over these keys, which become probabilities: with `merge`
// joined with what out and lse hold of other keys, out being weighted so that the product can be added to it.
template <class R>
void SoftmaxRow(float* scores, int64_t seen, int64_t keys, float scale, bool merge, float* lse, R* out,
                int64_t d) {
  const SoftmaxSum row = ExpRow(scores, seen, scale);
  float factor = 1.0f / row.sum;
  float row_lse = row.max + std::log(row.sum);
  if (merge) {
    const float before = *lse;  // -inf: nothing yet
    const float larger = std::max(before, row_lse), smaller = std::min(before, row_lse);
    const float merged = larger + std::log1p(std::exp(smaller - larger));
    factor *= std::exp(row_lse - merged);
    before > -INFINITY ? ScaleRow(out, d, std::exp(before - merged))
                       : static_cast<void>(std::fill_n(out, d, R{0}));
    row_lse = merged;
  }
  ScaleRow(scores, seen, factor);
  std::fill(scores + seen, scores + keys, 0.0f);
  *lse = row_lse;
}

template <class R>
void BlockAttention(GemmApi<R>& gemm, const R* qkv, const KeyValues<const R>& kv, R* out, float* lse,
                    float* scratch, const AttentionShape& s, bool accumulate) {
  const float scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(s.d)));
  const int64_t row = s.q_row(), out_row = s.out_row();
  for (int64_t bh = 0; bh < s.batch * s.h; ++bh) {
    const int64_t b = bh / s.h, head = bh % s.h;
    const R* q = qkv + b * s.t * row + head * s.d;
    const R* k = kv.k + b * s.t * kv.row + head / (s.h / s.g) * s.d;
    const R* v = k + s.g * s.d;
    R* o = out + b * s.t * out_row + head * s.d;
    float* lse_head = lse + bh * s.t;
    const int64_t first = s.FirstSeeingQuery();
    for (int64_t i = 0; i < first && !accumulate; ++i) {
      std::fill_n(o + i * out_row, s.d, R{0});
      lse_head[i] = -INFINITY;
    }
    for (int64_t begin = first; begin < s.t; begin += plan::kAttentionBlock) {
      const int64_t end = std::min(begin + plan::kAttentionBlock, s.t), rows = end - begin;
      const int64_t keys = s.VisibleKeys(end - 1);
      const ScoreBlock<R> scores = {scratch, keys};
      gemm.MultiplyWide({q + begin * row, row, false}, {k, kv.row, true}, scratch, keys, rows, keys, s.d);
      for (int64_t i = begin; i < end; ++i) {
        SoftmaxRow(scores.Row(i - begin), s.VisibleKeys(i), keys, scale, accumulate, &lse_head[i],
                   o + i * out_row, s.d);
        scores.Finish(i - begin);
      }
      gemm.Multiply(scores.Input(false), {v, kv.row, false}, o + begin * out_row, out_row, rows, s.d, keys,
                    accumulate);
    }
  }
}

// With P = softmax(S), S = scale Q K^T, O = P V: dV = P^T dO, dP = dO V^T, dS = P * (dP - rowsum(dO * O)),
// dQ = scale dS K, dK = scale dS^T Q. P is computed anew from lse. From the last block to the first: the last
// one of a key/value head's first query head sees every key that any sees and assigns dK and dV, the others
// add to them.
template <class R>
void BlockAttentionBackward(GemmApi<R>& gemm, const R* dout, const R* qkv, const KeyValues<const R>& kv,
                            const R* out, const float* lse, R* dqkv, const KeyValues<R>& dkv, float* scratch,
                            const AttentionShape& s, bool accumulate) {
  const float scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(s.d)));
  const int64_t row = s.q_row(), out_row = s.out_row(), group = s.h / s.g;
  const int64_t first = s.FirstSeeingQuery(), all_keys = s.VisibleKeys(s.t - 1);
  for (int64_t bh = 0; bh < s.batch * s.h; ++bh) {
    const int64_t b = bh / s.h, head = bh % s.h, kv_head = head / group;
    const R* q = qkv + b * s.t * row + head * s.d;
    const R* k = kv.k + b * s.t * kv.row + kv_head * s.d;
    const R* v = k + s.g * s.d;
    R* dq = dqkv + b * s.t * row + head * s.d;
    R* dk = dkv.k + b * s.t * dkv.row + kv_head * s.d;
    R* dv = dk + s.g * s.d;
    const R* o = out + b * s.t * out_row + head * s.d;
    const R* d_o = dout + b * s.t * out_row + head * s.d;
    for (int64_t i = 0; i < first && !accumulate; ++i) std::fill_n(dq + i * row, s.d, R{0});
    for (int64_t j = all_keys; j < s.t; ++j) {  // seen by no query
      std::fill_n(dk + j * dkv.row, s.d, R{0});
      std::fill_n(dv + j * dkv.row, s.d, R{0});
    }
    const int64_t last = first + (s.t - first - 1) / plan::kAttentionBlock * plan::kAttentionBlock;
    for (int64_t begin = last; begin >= first; begin -= plan::kAttentionBlock) {
      const int64_t end = std::min(begin + plan::kAttentionBlock, s.t), rows = end - begin;
      const int64_t keys = s.VisibleKeys(end - 1);
      const bool add = begin != last || head % group != 0;
      const ScoreBlock<R> probs = {scratch, keys}, d_scores = {scratch + rows * keys, keys};
      const GemmInput<R> d_o_block = {d_o + begin * out_row, out_row, false};
      gemm.MultiplyWide({q + begin * row, row, false}, {k, kv.row, true}, probs.data, keys, rows, keys, s.d);
      gemm.MultiplyWide(d_o_block, {v, kv.row, true}, d_scores.data, keys, rows, keys, s.d);
      for (int64_t i = begin; i < end; ++i) {
        const float dot_out = RowDot(d_o + i * out_row, o + i * out_row, s.d);
        SoftmaxBackwardRow(probs.Row(i - begin), d_scores.Row(i - begin), s.VisibleKeys(i), keys, scale,
                           lse[bh * s.t + i], dot_out);
        probs.Finish(i - begin);
        d_scores.Finish(i - begin);
      }
      gemm.Multiply(probs.Input(true), d_o_block, dv, dkv.row, keys, s.d, rows, add);
      gemm.Multiply(d_scores.Input(false), {k, kv.row, false}, dq + begin * row, row, rows, s.d, keys,
                    accumulate);
      gemm.Multiply(d_scores.Input(true), {q + begin * row, row, false}, dk, dkv.row, keys, s.d, rows, add);
    }
  }
}

template <class R>
void CpuKernels<R>::Attention(const R* qkv, R* out, float* lse, float* scratch, int64_t batch, int64_t t,
                              int64_t h, int64_t g, int64_t d) {
  const AttentionShape shape = {batch, t, h, g, d};
  BlockAttention<R>(*gemm_, qkv, {qkv + h * d, shape.q_row()}, out, lse, scratch, shape, false);
}

template <class R>
void CpuKernels<R>::AttentionBackward(const R* dout, const R* qkv, const R* out, const float* lse, R* dqkv,
                                      float* scratch, int64_t batch, int64_t t, int64_t h, int64_t g,
                                      int64_t d) {
  const AttentionShape shape = {batch, t, h, g, d};
  BlockAttentionBackward<R>(*gemm_, dout, qkv, {qkv + h * d, shape.q_row()}, out, lse, dqkv,
                            {dqkv + h * d, shape.q_row()}, scratch, shape, false);
}

template <class R>
void CpuKernels<R>::RingAttention(const R* qkv, const R* kv, R* out, float* lse, float* scratch,
                                  int64_t batch, int64_t t, int64_t h, int64_t g, int64_t d, int64_t cp,
                                  int64_t q_rank, int64_t kv_rank, bool accumulate) {
  const AttentionShape shape = {batch, t, h, g, d, q_rank, kv_rank};
  BlockAttention<R>(*gemm_, qkv, {kv, 2 * g * d}, out, lse, scratch, shape, accumulate);
}

template <class R>
void CpuKernels<R>::RingAttentionBackward(const R* dout, const R* qkv, const R* kv, const R* out,
                                          const float* lse, R* dqkv, R* dkv, float* scratch, int64_t batch,
                                          int64_t t, int64_t h, int64_t g, int64_t d, int64_t cp,
                                          int64_t q_rank, int64_t kv_rank, bool accumulate) {
  const AttentionShape shape = {batch, t, h, g, d, q_rank, kv_rank};
  BlockAttentionBackward<R>(*gemm_, dout, qkv, {kv, 2 * g * d}, out, lse, dqkv, {dkv, 2 * g * d}, scratch,
                            shape, accumulate);
}

}  // namespace ringside::kernels
