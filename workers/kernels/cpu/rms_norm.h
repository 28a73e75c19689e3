#pragma once

#include <cmath>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::RmsNorm(const R* x, const R* gamma, R* y, float* rstd, int64_t n, int64_t c, double eps) {
  for (int64_t i = 0; i < n; ++i) {
    const R* __restrict x_i = x + i * c;
    R* __restrict y_i = y + i * c;
    const float squares = RowDot(x_i, x_i, c);
    const float row_rstd = 1.0f / std::sqrt(squares / static_cast<float>(c) + static_cast<float>(eps));
    for (int64_t j = 0; j < c; ++j) {
      y_i[j] = static_cast<R>(static_cast<float>(x_i[j]) * row_rstd * static_cast<float>(gamma[j]));
    }
    rstd[i] = row_rstd;
  }
}

// One row over `width` of its columns. With n = x * rstd and g = dy * gamma: dx += rstd * (g - n * mean(g *
// n)).
template <class R>
void RmsNormBackwardRow(const R* __restrict dy, const R* __restrict x, const R* __restrict gamma, float rstd,
                        float mean_gn, R* __restrict dx, float* __restrict dgamma, int64_t width) {
  for (int64_t j = 0; j < width; ++j) {
    const float d = static_cast<float>(dy[j]), norm = static_cast<float>(x[j]) * rstd;
    dx[j] = static_cast<R>(static_cast<float>(dx[j]) +
                           rstd * (d * static_cast<float>(gamma[j]) - norm * mean_gn));
    dgamma[j] += d * norm;
  }
}

template <class R>
float MeanOfRmsRow(const R* __restrict dy, const R* __restrict x, const R* __restrict gamma, float rstd,
                   int64_t c) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < c; ++j) {
    sum += static_cast<float>(dy[j]) * static_cast<float>(gamma[j]) * (static_cast<float>(x[j]) * rstd);
  }
  return sum / static_cast<float>(c);
}

template <class R>
void CpuKernels<R>::RmsNormBackward(const R* dy, const R* x, const R* gamma, const float* rstd, R* dx,
                                    R* dgamma, int64_t n, int64_t c, bool accumulate) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    float gamma_sums[kColumnTile] = {};
    if (accumulate) ConvertRow(dgamma + first, gamma_sums, width);
    for (int64_t i = 0; i < n; ++i) {
      const float mean_gn = MeanOfRmsRow(dy + i * c, x + i * c, gamma, rstd[i], c);
      const int64_t at = i * c + first;
      RmsNormBackwardRow(dy + at, x + at, gamma + first, rstd[i], mean_gn, dx + at, gamma_sums, width);
    }
    ConvertRow(gamma_sums, dgamma + first, width);
  });
}

}  // namespace ringside::kernels
