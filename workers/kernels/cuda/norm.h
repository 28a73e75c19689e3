// Launchers of layer, RMS and batch normalisation and of column sums; as the methods of kernels.h.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Norms {
  using S = Stat<E>;
  static void LayerNorm(const Launch& l, const E* x, const E* gamma, const E* beta, E* y, S* mean, S* rstd,
                        int64_t n, int64_t c, double eps);
  static void LayerNormBackward(const Launch& l, const E* dy, const E* x, const E* gamma, const S* mean,
                                const S* rstd, E* dx, E* dgamma, E* dbeta, int64_t n, int64_t c,
                                bool accumulate);
  static void RmsNorm(const Launch& l, const E* x, const E* gamma, E* y, S* rstd, int64_t n, int64_t c,
                      double eps);
  static void RmsNormBackward(const Launch& l, const E* dy, const E* x, const E* gamma, const S* rstd, E* dx,
                              E* dgamma, int64_t n, int64_t c, bool accumulate);
};

template <class E>
struct ColumnOps {
  using S = Stat<E>;
  static void BiasGrad(const Launch& l, const E* dout, E* dbias, int64_t n, int64_t c, bool accumulate);
  static void ColumnSums(const Launch& l, const E* x, S* sums, int64_t n, int64_t c);
  static void DeadShare(const Launch& l, const E* act, S* out, int64_t n, int64_t f, double scale,
                        bool accumulate);
  static void BatchNorm(const Launch& l, const E* x, const S* sums, const E* gamma, const E* beta, E* y,
                        int64_t n, int64_t c, int64_t count, double eps);
  static void BatchNormSums(const Launch& l, const E* dy, const E* x, const S* sums, S* dsums, int64_t n,
                            int64_t c, int64_t count, double eps);
  static void BatchNormBackward(const Launch& l, const E* dy, const E* x, const S* sums, const S* dsums,
                                const E* gamma, E* dx, int64_t n, int64_t c, int64_t count, double eps);
  static void BatchNormGrad(const Launch& l, const S* dsums, E* dgamma, E* dbeta, int64_t c, bool accumulate);
};

}  // namespace ringside::kernels::cuda
