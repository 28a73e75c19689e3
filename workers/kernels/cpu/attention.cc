// Causal attention in blocks of query rows: a block needs the keys up to its own last row only, so that
// half of the T x T scores is never computed. The products go to the GEMM library, straight from the
// interleaved qkv rows; the scratch holds a block's scores, dense, [rows, keys].
#include <algorithm>
#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"
#include "workers/kernels/cpu/vector_math.h"

namespace ringside::kernels {
namespace {

// Smaller blocks waste fewer scores above the diagonal, larger ones make better GEMMs.
constexpr int64_t kBlock = 64;

// scores [keys]: softmax(scale * scores) over the first `seen`, 0 behind. Returns the log-sum-exp.
float SoftmaxRow(float* __restrict scores, int64_t seen, int64_t keys, float scale) {
  const float max = RowMax(scores, seen);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < seen; ++j) {
    scores[j] = FastExp(scale * (scores[j] - max));
    sum += scores[j];
  }
  const float factor = 1.0f / sum;
  for (int64_t j = 0; j < seen; ++j) scores[j] *= factor;
  std::fill(scores + seen, scores + keys, 0.0f);
  return scale * max + std::log(sum);
}

// scores -> P = exp(scale * scores - lse); d_probs -> scale * dS = scale * P * (dP - dot_out). Both 0 behind
// `seen`.
void SoftmaxBackwardRow(float* __restrict scores, float* __restrict d_probs, int64_t seen, int64_t keys,
                        float scale, float lse, float dot_out) {
  for (int64_t j = 0; j < seen; ++j) {
    const float prob = FastExp(scale * scores[j] - lse);
    scores[j] = prob;
    d_probs[j] = scale * prob * (d_probs[j] - dot_out);
  }
  std::fill(scores + seen, scores + keys, 0.0f);
  std::fill(d_probs + seen, d_probs + keys, 0.0f);
}

}  // namespace

void CpuKernels::Attention(const float* qkv, float* out, float* lse, float* scratch, int64_t batch, int64_t t,
                           int64_t h, int64_t d) {
  const int64_t row = 3 * h * d, out_row = h * d;  // from one position to the next
  const float scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(d)));
  for (int64_t bh = 0; bh < batch * h; ++bh) {
    const int64_t b = bh / h, head = bh % h;
    const float* q = qkv + b * t * row + head * d;
    const float* k = q + h * d;
    const float* v = k + h * d;
    float* o = out + b * t * out_row + head * d;
    for (int64_t begin = 0; begin < t; begin += kBlock) {
      const int64_t end = std::min(begin + kBlock, t), rows = end - begin, keys = end;
      gemm_->Multiply({q + begin * row, row, false}, {k, row, true}, scratch, keys, rows, keys, d, false);
      for (int64_t i = begin; i < end; ++i) {
        lse[bh * t + i] = SoftmaxRow(scratch + (i - begin) * keys, i + 1, keys, scale);
      }
      gemm_->Multiply({scratch, keys, false}, {v, row, false}, o + begin * out_row, out_row, rows, d, keys,
                      false);
    }
  }
}

// With P = softmax(S), S = scale Q K^T, O = P V: dV = P^T dO, dP = dO V^T, dS = P * (dP - rowsum(dO * O)),
// dQ = scale dS K, dK = scale dS^T Q. P is computed anew from lse. From the last block to the first: the last
// one sees every key and assigns dK and dV, the others add to them.
void CpuKernels::AttentionBackward(const float* dout, const float* qkv, const float* out, const float* lse,
                                   float* dqkv, float* scratch, int64_t batch, int64_t t, int64_t h,
                                   int64_t d) {
  const int64_t row = 3 * h * d, out_row = h * d;
  const float scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(d)));
  float* probs = scratch;
  float* d_scores = scratch + t * t;
  for (int64_t bh = 0; bh < batch * h; ++bh) {
    const int64_t b = bh / h, head = bh % h;
    const int64_t first = b * t * row + head * d, out_first = b * t * out_row + head * d;
    const float *q = qkv + first, *k = q + h * d, *v = k + h * d;
    float *dq = dqkv + first, *dk = dq + h * d, *dv = dk + h * d;
    const float *o = out + out_first, *d_o = dout + out_first;
    for (int64_t begin = (t - 1) / kBlock * kBlock; begin >= 0; begin -= kBlock) {
      const int64_t end = std::min(begin + kBlock, t), rows = end - begin, keys = end;
      const bool add = end < t;
      const GemmInput d_o_block = {d_o + begin * out_row, out_row, false};
      gemm_->Multiply({q + begin * row, row, false}, {k, row, true}, probs, keys, rows, keys, d, false);
      gemm_->Multiply(d_o_block, {v, row, true}, d_scores, keys, rows, keys, d, false);
      for (int64_t i = begin; i < end; ++i) {
        const float dot_out = RowDot(d_o + i * out_row, o + i * out_row, d);
        SoftmaxBackwardRow(probs + (i - begin) * keys, d_scores + (i - begin) * keys, i + 1, keys, scale,
                           lse[bh * t + i], dot_out);
      }
      gemm_->Multiply({probs, keys, true}, d_o_block, dv, row, keys, d, rows, add);
      gemm_->Multiply({d_scores, keys, false}, {k, row, false}, dq + begin * row, row, rows, d, keys, false);
      gemm_->Multiply({d_scores, keys, true}, {q + begin * row, row, false}, dk, row, keys, d, rows, add);
    }
  }
}

}  // namespace ringside::kernels
