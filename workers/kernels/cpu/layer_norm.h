#pragma once

#include <cmath>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::LayerNorm(const R* x, const R* gamma, const R* beta, R* y, float* mean, float* rstd,
                              int64_t n, int64_t c, double eps) {
  for (int64_t i = 0; i < n; ++i) {
    const R* __restrict x_i = x + i * c;
    R* __restrict y_i = y + i * c;
    // Two passes: the sum of squared differences does not cancel as E[x^2] - E[x]^2 does.
    const float row_mean = RowSum(x_i, c) / static_cast<float>(c);
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < c; ++j) {
      const float off = static_cast<float>(x_i[j]) - row_mean;
      squares += off * off;
    }
    const float row_rstd = 1.0f / std::sqrt(squares / static_cast<float>(c) + static_cast<float>(eps));
    for (int64_t j = 0; j < c; ++j) {
      const float norm = (static_cast<float>(x_i[j]) - row_mean) * row_rstd;
      y_i[j] = static_cast<R>(norm * static_cast<float>(gamma[j]) + static_cast<float>(beta[j]));
    }
    mean[i] = row_mean;
    rstd[i] = row_rstd;
  }
}

// With n = (x - mean) * rstd and g = dy * gamma: the means over a row of g and of g * n.
struct LayerNormMeans {
  float g, gn;
};
template <class R>
LayerNormMeans MeansOfRow(const R* __restrict dy, const R* __restrict x, const R* __restrict gamma,
                          float mean, float rstd, int64_t c) {
  float sum = 0, sum_norm = 0;
#pragma omp simd reduction(+ : sum, sum_norm)
  for (int64_t j = 0; j < c; ++j) {
    const float g = static_cast<float>(dy[j]) * static_cast<float>(gamma[j]);
    sum += g;
    sum_norm += g * ((static_cast<float>(x[j]) - mean) * rstd);
  }
  return {sum / static_cast<float>(c), sum_norm / static_cast<float>(c)};
}

// One row of the backward pass over `width` of its columns: dx += rstd * (g - mean(g) - n * mean(g * n)).
template <class R>
void LayerNormBackwardRow(const R* __restrict dy, const R* __restrict x, const R* __restrict gamma,
                          float mean, float rstd, const LayerNormMeans& means, R* __restrict dx,
                          float* __restrict dgamma, float* __restrict dbeta, int64_t width) {
  for (int64_t j = 0; j < width; ++j) {
    const float d = static_cast<float>(dy[j]), norm = (static_cast<float>(x[j]) - mean) * rstd;
    dx[j] = static_cast<R>(static_cast<float>(dx[j]) +
                           rstd * (d * static_cast<float>(gamma[j]) - means.g - norm * means.gn));
    dgamma[j] += d * norm;
    dbeta[j] += d;
  }
}

template <class R>
void CpuKernels<R>::LayerNormBackward(const R* dy, const R* x, const R* gamma, const float* mean,
                                      const float* rstd, R* dx, R* dgamma, R* dbeta, int64_t n, int64_t c,
                                      bool accumulate) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    float gamma_sums[kColumnTile] = {}, beta_sums[kColumnTile] = {};
    if (accumulate) {
      ConvertRow(dgamma + first, gamma_sums, width);
      ConvertRow(dbeta + first, beta_sums, width);
    }
    for (int64_t i = 0; i < n; ++i) {
      const LayerNormMeans means = MeansOfRow(dy + i * c, x + i * c, gamma, mean[i], rstd[i], c);
      const int64_t at = i * c + first;
      LayerNormBackwardRow(dy + at, x + at, gamma + first, mean[i], rstd[i], means, dx + at, gamma_sums,
                           beta_sums, width);
    }
    ConvertRow(gamma_sums, dgamma + first, width);
    ConvertRow(beta_sums, dbeta + first, width);
  });
}

}  // namespace ringside::kernels
