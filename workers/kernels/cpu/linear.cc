#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/vector_math.h"

namespace ringside::kernels {
namespace {

void AddBias(float* __restrict c, const float* __restrict bias, int64_t m, int64_t n) {
  for (int64_t i = 0; i < m; ++i) {
    float* __restrict row = c + i * n;
    for (int64_t j = 0; j < n; ++j) row[j] += bias[j];
  }
}

void GeluRow(const float* __restrict pre, float* __restrict out, int64_t n) {
  for (int64_t j = 0; j < n; ++j) out[j] = FastGelu(pre[j]);
}

}  // namespace

void CpuKernels::Gemm(const float* a, const float* b, const float* bias, float* c, float* pre, int64_t m,
                      int64_t n, int64_t k, bool trans_a, bool trans_b, bool accumulate) {
  float* const sum = pre != nullptr ? pre : c;
  gemm_->Multiply({a, trans_a ? m : k, trans_a}, {b, trans_b ? k : n, trans_b}, sum, n, m, n, k,
                  accumulate && pre == nullptr);
  if (pre == nullptr) {
    if (bias != nullptr) AddBias(c, bias, m, n);
    return;
  }
  for (int64_t i = 0; i < m; ++i) {  // row by row, so that GELU finds the biased row in the cache
    if (bias != nullptr) AddBias(pre + i * n, bias, 1, n);
    GeluRow(pre + i * n, c + i * n, n);
  }
}

void CpuKernels::BiasResidual(float* x, const float* bias, const float* residual, int64_t n, int64_t c) {
  for (int64_t i = 0; i < n; ++i) {
    float* __restrict row = x + i * c;
    const float* __restrict from = residual + i * c;
    for (int64_t j = 0; j < c; ++j) row[j] = from[j] + row[j] + bias[j];
  }
}

void CpuKernels::BiasGrad(const float* dout, float* dbias, int64_t n, int64_t c, bool accumulate) {
  // Four rows at a time, to touch dbias a fourth as often.
  constexpr int64_t kRows = 4;
  float* __restrict sum = dbias;
  if (!accumulate) Fill(dbias, c, 0.0);
  int64_t i = 0;
  for (; i + kRows <= n; i += kRows) {
    const float* __restrict row = dout + i * c;
    for (int64_t j = 0; j < c; ++j) sum[j] += (row[j] + row[c + j]) + (row[2 * c + j] + row[3 * c + j]);
  }
  for (; i < n; ++i) {
    const float* __restrict row = dout + i * c;
    for (int64_t j = 0; j < c; ++j) sum[j] += row[j];
  }
}

void CpuKernels::Gelu(const float* pre, float* out, int64_t n) {
  GeluRow(pre, out, n);
}

void CpuKernels::GeluBackward(const float* pre, float* dout, int64_t n) {
  const float* __restrict x = pre;
  float* __restrict d = dout;
  for (int64_t i = 0; i < n; ++i) d[i] *= FastGeluDerivative(x[i]);
}

}  // namespace ringside::kernels
