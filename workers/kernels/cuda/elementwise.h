// Launchers of element-wise ops; operands and meaning as the methods of kernels.h that they are named after.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Elementwise {
  using S = Stat<E>;
  static void Fill(const Launch& l, E* out, int64_t n, double value);
  static void FillStat(const Launch& l, S* out, int64_t n, double value);
  static void Convert(const Launch& l, const E* x, S* out, int64_t n);
  static void AddPosition(const Launch& l, E* x, const E* table, int64_t n, int64_t c, int64_t t, int64_t cp,
                          int64_t cp_rank, int64_t row_begin);
  static void BiasResidual(const Launch& l, const E* x, const E* bias, const E* residual, E* out, int64_t n,
                           int64_t c);
  static void Dropout(const Launch& l, E* x, const E* bias, int64_t n, int64_t c, int64_t t, int64_t cp,
                      int64_t cp_rank, int64_t first_sample, int64_t row_begin, int64_t site, double p,
                      uint64_t seed);
  static void Copy(const Launch& l, const E* from, E* to, int64_t rows, int64_t cols, int64_t from_stride,
                   int64_t from_begin, int64_t to_stride, int64_t to_begin, bool accumulate);
  static void Reduce(const Launch& l, E* into, const E* from, int64_t n, bool max);
  // c [m, n] += bias [n] or null; then pre = c, c = gelu(pre) where pre is not null.
  static void FinishGemm(const Launch& l, E* c, const E* bias, E* pre, int64_t m, int64_t n);
  // out [n] = (or +=) x [n], rounded once
  static void StoreSums(const Launch& l, const S* x, E* out, int64_t n, bool accumulate);
};

}  // namespace ringside::kernels::cuda
