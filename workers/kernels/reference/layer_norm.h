// Reference LayerNorm (Ba, Kiros and Hinton 2016) over rows.
#pragma once

#include <cmath>
#include <cstdint>

namespace ringside::kernels::reference {

template <class R, class S>
void LayerNorm(const R* x, const R* gamma, const R* beta, R* y, S* mean, S* rstd, int64_t n, int64_t c,
               double eps) {
  for (int64_t i = 0; i < n; ++i) {
    const R* x_i = x + i * c;
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < c; ++j) sum += x_i[j];
    const double row_mean = sum / static_cast<double>(c);
    for (int64_t j = 0; j < c; ++j) squares += (x_i[j] - row_mean) * (x_i[j] - row_mean);
    const double row_rstd = 1.0 / std::sqrt(squares / static_cast<double>(c) + eps);
    for (int64_t j = 0; j < c; ++j)
      y[i * c + j] = static_cast<R>((x_i[j] - row_mean) * row_rstd * gamma[j] + beta[j]);
    mean[i] = static_cast<S>(row_mean);
    rstd[i] = static_cast<S>(row_rstd);
  }
}

// With n = (x - mean) * rstd and g = dy * gamma: dx += rstd * (g - mean(g) - n * mean(g * n)).
template <class R, class S>
void LayerNormBackward(const R* dy, const R* x, const R* gamma, const S* mean, const S* rstd, R* dx,
                       R* dgamma, R* dbeta, int64_t n, int64_t c, bool accumulate) {
  const auto norm = [&](int64_t i, int64_t j) {
    return (static_cast<double>(x[i * c + j]) - mean[i]) * rstd[i];
  };
  for (int64_t i = 0; i < n; ++i) {
    double sum = 0, sum_norm = 0;
    for (int64_t j = 0; j < c; ++j) {
      const double g = static_cast<double>(dy[i * c + j]) * gamma[j];
      sum += g;
      sum_norm += g * norm(i, j);
    }
    const double mean_g = sum / static_cast<double>(c), mean_gn = sum_norm / static_cast<double>(c);
    for (int64_t j = 0; j < c; ++j) {
      const double g = static_cast<double>(dy[i * c + j]) * gamma[j];
      dx[i * c + j] = static_cast<R>(dx[i * c + j] + rstd[i] * (g - mean_g - norm(i, j) * mean_gn));
    }
  }
  for (int64_t j = 0; j < c; ++j) {
    double sum_gamma = accumulate ? static_cast<double>(dgamma[j]) : 0.0,
           sum_beta = accumulate ? static_cast<double>(dbeta[j]) : 0.0;
    for (int64_t i = 0; i < n; ++i) {
      sum_gamma += dy[i * c + j] * norm(i, j);
      sum_beta += dy[i * c + j];
    }
    dgamma[j] = static_cast<R>(sum_gamma);
    dbeta[j] = static_cast<R>(sum_beta);
  }
}

}  // namespace ringside::kernels::reference
