#include <algorithm>

#include "workers/kernels/cpu/cpu_kernels.h"

namespace ringside::kernels {
namespace {

void AddRow(float* __restrict into, const float* __restrict from, int64_t c) {
  for (int64_t j = 0; j < c; ++j) into[j] += from[j];
}

}  // namespace

void CpuKernels::Embedding(const int32_t* tokens, const float* table, float* out, int64_t n, int64_t c,
                           int64_t v_begin, int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row >= 0 && row < v_count) {
      std::copy_n(table + row * c, c, out + i * c);
    } else {
      std::fill_n(out + i * c, c, 0.0f);
    }
  }
}

void CpuKernels::EmbeddingBackward(const int32_t* tokens, const float* dout, float* dtable, int64_t n,
                                   int64_t c, int64_t v_begin, int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row >= 0 && row < v_count) AddRow(dtable + row * c, dout + i * c, c);
  }
}

void CpuKernels::AddPosition(float* x, const float* table, int64_t n, int64_t c, int64_t t) {
  for (int64_t i = 0; i < n; ++i) AddRow(x + i * c, table + (i % t) * c, c);
}

void CpuKernels::PositionBackward(const float* dout, float* dtable, int64_t n, int64_t c, int64_t t,
                                  bool accumulate) {
  for (int64_t i = 0; i < n; ++i) {
    if (i < t && !accumulate) {
      std::copy_n(dout + i * c, c, dtable + i * c);
    } else {
      AddRow(dtable + (i % t) * c, dout + i * c, c);
    }
  }
  // Positions that no row reaches (n < t) have no gradient.
  if (n < t && !accumulate) std::fill_n(dtable + n * c, (t - n) * c, 0.0f);
}

}  // namespace ringside::kernels
