#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

void CpuKernels::LayerNorm(const float* x, const float* gamma, const float* beta, float* y, float* mean,
                           float* rstd, int64_t n, int64_t c, double eps) {
  for (int64_t i = 0; i < n; ++i) {
    const float* __restrict x_i = x + i * c;
    float* __restrict y_i = y + i * c;
    // Two passes: the sum of squared differences does not cancel as E[x^2] - E[x]^2 does.
    const float row_mean = RowSum(x_i, c) / static_cast<float>(c);
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < c; ++j) squares += (x_i[j] - row_mean) * (x_i[j] - row_mean);
    const float row_rstd = 1.0f / std::sqrt(squares / static_cast<float>(c) + static_cast<float>(eps));
    for (int64_t j = 0; j < c; ++j) y_i[j] = (x_i[j] - row_mean) * row_rstd * gamma[j] + beta[j];
    mean[i] = row_mean;
    rstd[i] = row_rstd;
  }
}

namespace {

// One row of the backward pass. With n = (x - mean) * rstd and g = dy * gamma:
// dx += rstd * (g - mean(g) - n * mean(g * n)).
void BackwardRow(const float* __restrict dy, const float* __restrict x, const float* __restrict gamma,
                 float mean, float rstd, float* __restrict dx, float* __restrict dgamma,
                 float* __restrict dbeta, int64_t c) {
  float sum = 0, sum_norm = 0;
#pragma omp simd reduction(+ : sum, sum_norm)
  for (int64_t j = 0; j < c; ++j) {
    const float g = dy[j] * gamma[j], norm = (x[j] - mean) * rstd;
    sum += g;
    sum_norm += g * norm;
  }
  const float mean_g = sum / static_cast<float>(c), mean_gn = sum_norm / static_cast<float>(c);
  for (int64_t j = 0; j < c; ++j) {
    const float norm = (x[j] - mean) * rstd;
    dx[j] += rstd * (dy[j] * gamma[j] - mean_g - norm * mean_gn);
    dgamma[j] += dy[j] * norm;
    dbeta[j] += dy[j];
  }
}

}  // namespace

void CpuKernels::LayerNormBackward(const float* dy, const float* x, const float* gamma, const float* mean,
                                   const float* rstd, float* dx, float* dgamma, float* dbeta, int64_t n,
                                   int64_t c, bool accumulate) {
  if (!accumulate) {
    Fill(dgamma, c, 0.0);
    Fill(dbeta, c, 0.0);
  }
  for (int64_t i = 0; i < n; ++i) {
    BackwardRow(dy + i * c, x + i * c, gamma, mean[i], rstd[i], dx + i * c, dgamma, dbeta, c);
  }
}

}  // namespace ringside::kernels
