// Description, initial values, copies.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/random.h"

namespace ringside::kernels {

// What the compiler was allowed to use for everything but the GEMMs.
inline const char* CompiledFor() {
#if defined(__AVX512F__)
  return "avx512";
#elif defined(__AVX2__)
  return "avx2";
#else
  return "the baseline of the architecture";
#endif
}

template <class R>
std::string CpuKernels<R>::Describe() const {
  const char* number = std::is_same_v<R, float> ? "f32" : std::is_same_v<R, Bf16> ? "bf16" : "f16";
  return fmt::format("cpu {}: {}; own loops for {}", number, gemm_->Describe(), CompiledFor());
}

template <class R>
void CpuKernels<R>::Fill(R* out, int64_t n, double value) {
  std::fill_n(out, n, static_cast<R>(value));
}

template <class R>
void CpuKernels<R>::FillStat(float* out, int64_t n, double value) {
  std::fill_n(out, n, static_cast<float>(value));
}

template <class R>
void CpuKernels<R>::InitNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                               int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev,
                               uint64_t seed) {
  FillNormal(out, param_id, outer, mid_total, mid_begin, mid_count, inner, begin, count, stddev, seed);
}

template <class R>
void CpuKernels<R>::Convert(const R* __restrict x, float* __restrict out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(x[i]);
}

// into [n] += from [n]
template <class R>
void AddRow(R* __restrict into, const R* __restrict from, int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    into[j] = static_cast<R>(static_cast<float>(into[j]) + static_cast<float>(from[j]));
  }
}

// into [n] += from [n], or into [n] = from [n]: a float row and a row of any type.
template <class R>
void AddWide(float* __restrict into, const R* __restrict from, int64_t n) {
  for (int64_t j = 0; j < n; ++j) into[j] += static_cast<float>(from[j]);
}
template <class From, class To>
void ConvertRow(const From* __restrict from, To* __restrict to, int64_t n) {
  for (int64_t j = 0; j < n; ++j) to[j] = static_cast<To>(static_cast<float>(from[j]));
}

template <class R>
void CpuKernels<R>::Copy(const R* from, R* to, int64_t rows, int64_t cols, int64_t from_stride,
                         int64_t from_begin, int64_t to_stride, int64_t to_begin, bool accumulate) {
  for (int64_t i = 0; i < rows; ++i) {
    const R* from_i = from + i * from_stride + from_begin;
    R* to_i = to + i * to_stride + to_begin;
    accumulate ? AddRow(to_i, from_i, cols) : static_cast<void>(std::copy_n(from_i, cols, to_i));
  }
}

template <class R>
void CpuKernels<R>::Reduce(R* __restrict into, const R* __restrict from, int64_t n, bool max) {
  if (!max) return AddRow(into, from, n);
  for (int64_t i = 0; i < n; ++i) {
    into[i] = static_cast<float>(from[i]) > static_cast<float>(into[i]) ? from[i] : into[i];
  }
}

}  // namespace ringside::kernels
