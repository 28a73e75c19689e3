// Reference GEMM, bias and GELU. Sums run in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace ringside::kernels::reference {

// The tanh form (Hendrycks and Gimpel 2016, section 2), as in GPT-2.
inline double GeluTanh(double x) {
  return std::tanh(std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x));
}
inline double Gelu(double x) {
  return 0.5 * x * (1.0 + GeluTanh(x));
}
inline double GeluDerivative(double x) {
  const double tanh = GeluTanh(x);
  const double inner = std::sqrt(2.0 / std::numbers::pi) * (1.0 + 3.0 * 0.044715 * x * x);
  return 0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner;
}

template <class R>
double Dot(const R* a, int64_t a_stride, const R* b, int64_t n) {
  double sum = 0;
  if (a_stride == 1) {
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * b[i];
  } else {
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(a[i * a_stride]) * b[i];
  }
  return sum;
}

// As Kernels::Gemm. One row of up to kTile sums at a time, so that b is read along its rows.
template <class R>
void Gemm(const R* a, const R* b, const R* bias, R* c, R* pre, int64_t m, int64_t n, int64_t k, bool trans_a,
          bool trans_b, bool accumulate) {
  constexpr int64_t kTile = 64;
  const int64_t a_row = trans_a ? 1 : k, a_step = trans_a ? m : 1;
  double sums[kTile];
  for (int64_t j0 = 0; j0 < n; j0 += kTile) {
    const int64_t width = std::min(kTile, n - j0);
    for (int64_t i = 0; i < m; ++i) {
      const R* a_i = a + i * a_row;
      if (trans_b) {
        for (int64_t j = 0; j < width; ++j) sums[j] = Dot(a_i, a_step, b + (j0 + j) * k, k);
      } else {
        std::fill_n(sums, width, 0.0);
        for (int64_t p = 0; p < k; ++p) {
          const double a_ip = a_i[p * a_step];
          const R* b_p = b + p * n + j0;
          for (int64_t j = 0; j < width; ++j) sums[j] += a_ip * b_p[j];
        }
      }
      for (int64_t j = 0; j < width; ++j) {
        double sum = sums[j];
        if (bias != nullptr) sum += bias[j0 + j];
        const int64_t at = i * n + j0 + j;
        if (pre != nullptr) {
          pre[at] = static_cast<R>(sum);
          c[at] = static_cast<R>(Gelu(pre[at]));
        } else {
          c[at] = static_cast<R>(accumulate ? c[at] + sum : sum);
        }
      }
    }
  }
}

template <class R>
void BiasGrad(const R* dout, R* dbias, int64_t n, int64_t c, bool accumulate) {
  for (int64_t j = 0; j < c; ++j) {
    double sum = accumulate ? static_cast<double>(dbias[j]) : 0.0;
    for (int64_t i = 0; i < n; ++i) sum += dout[i * c + j];
    dbias[j] = static_cast<R>(sum);
  }
}

}  // namespace ringside::kernels::reference
