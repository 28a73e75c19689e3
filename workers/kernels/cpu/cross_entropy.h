// Rows of a large vocabulary (200 KB at 50257) do not stay in the inner caches, so each step reads them
// once. Sums run in float over pieces and in double over the pieces.
#pragma once

#include <algorithm>
#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"
#include "workers/kernels/cpu/vector_math.h"

namespace ringside::kernels {

template <class R>
float SumExp(const R* __restrict x, int64_t n, float max) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < n; ++j) sum += FastExp(static_cast<float>(x[j]) - max);
  return sum;
}

template <class R>
void CpuKernels<R>::XentMax(const R* logits, float* row_max, int64_t n, int64_t v) {
  for (int64_t i = 0; i < n; ++i) row_max[i] = RowMax(logits + i * v, v);
}

template <class R>
void CpuKernels<R>::XentSum(const R* logits, const float* row_max, const int32_t* targets, float* stats,
                            int64_t n, int64_t v, int64_t v_begin) {
  constexpr int64_t kPiece = 2048;
  for (int64_t i = 0; i < n; ++i) {
    const R* row = logits + i * v;
    double sum = 0;
    for (int64_t j = 0; j < v; j += kPiece) sum += SumExp(row + j, std::min(kPiece, v - j), row_max[i]);
    const int64_t target = targets[i] - v_begin;
    stats[2 * i] = static_cast<float>(sum);
    stats[2 * i + 1] = target >= 0 && target < v ? static_cast<float>(row[target]) - row_max[i] : 0.0f;
  }
}

// d loss / d logit = scale * grad_scale * (softmax - 1 at the target).
template <class R>
void CpuKernels<R>::XentLoss(R* logits, const float* row_max, const float* stats, const int32_t* targets,
                             float* loss, int64_t n, int64_t v, int64_t v_begin, double scale,
                             double grad_scale) {
  double sum = 0;
  const double gradient = scale * grad_scale;
  for (int64_t i = 0; i < n; ++i) {
    R* __restrict row = logits + i * v;
    const float max = row_max[i];
    const float factor = static_cast<float>(gradient / stats[2 * i]);
    const int64_t target = targets[i] - v_begin;
    const bool here = target >= 0 && target < v;
    // Taken before it is overwritten: softmax - 1 in one subtraction, so that a sure prediction keeps its
    // digits.
    const double target_gradient =
        here ? gradient * (std::exp(static_cast<double>(row[target]) - max) / stats[2 * i] - 1.0) : 0.0;
    for (int64_t j = 0; j < v; ++j) {
      row[j] = static_cast<R>(FastExp(static_cast<float>(row[j]) - max) * factor);
    }
    if (here) row[target] = static_cast<R>(target_gradient);
    sum += std::log(static_cast<double>(stats[2 * i])) - stats[2 * i + 1];
  }
  loss[0] = static_cast<float>(loss[0] + scale * sum);
}

}  // namespace ringside::kernels
