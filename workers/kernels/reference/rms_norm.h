// Reference RMSNorm (Zhang and Sennrich 2019) over rows.
#pragma once

#include <cmath>
#include <cstdint>

namespace ringside::kernels::reference {

template <class R, class S>
void RmsNorm(const R* x, const R* gamma, R* y, S* rstd, int64_t n, int64_t c, double eps) {
  for (int64_t i = 0; i < n; ++i) {
    const R* x_i = x + i * c;
    double squares = 0;
    for (int64_t j = 0; j < c; ++j) squares += static_cast<double>(x_i[j]) * x_i[j];
    const double row_rstd = 1.0 / std::sqrt(squares / static_cast<double>(c) + eps);
    for (int64_t j = 0; j < c; ++j) y[i * c + j] = static_cast<R>(x_i[j] * row_rstd * gamma[j]);
    rstd[i] = static_cast<S>(row_rstd);
  }
}

// With n = x * rstd and g = dy * gamma: dx += rstd * (g - n * mean(g * n)).
template <class R, class S>
void RmsNormBackward(const R* dy, const R* x, const R* gamma, const S* rstd, R* dx, R* dgamma, int64_t n,
                     int64_t c, bool accumulate) {
  for (int64_t i = 0; i < n; ++i) {
    const double r = rstd[i];
    double sum = 0;
    for (int64_t j = i * c; j < (i + 1) * c; ++j) {
      sum += static_cast<double>(dy[j]) * gamma[j - i * c] * (x[j] * r);
    }
    const double mean = sum / static_cast<double>(c);
    for (int64_t j = i * c; j < (i + 1) * c; ++j) {
      const double g = static_cast<double>(dy[j]) * gamma[j - i * c];
      dx[j] = static_cast<R>(dx[j] + r * (g - x[j] * r * mean));
    }
  }
  for (int64_t j = 0; j < c; ++j) {
    double sum = accumulate ? static_cast<double>(dgamma[j]) : 0.0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(dy[i * c + j]) * x[i * c + j] * rstd[i];
    dgamma[j] = static_cast<R>(sum);
  }
}

}  // namespace ringside::kernels::reference
