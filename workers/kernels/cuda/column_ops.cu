#include "workers/kernels/cuda/columns.cuh"
#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/norm.h"

namespace ringside::kernels::cuda {

template <class E>
void ColumnOps<E>::BiasGrad(const Launch& l, const E* dout, E* dbias, int64_t n, int64_t c, bool accumulate) {
  ReduceColumns<S>(
      l, n, c,
      [=] __device__(int64_t i, int64_t j) -> Pair<S> {
        return {Load(dout[i * c + j]), S(0)};
      },
      [=] __device__(int64_t j, S sum, S) { dbias[j] = Round<E>(accumulate ? Load(dbias[j]) + sum : sum); });
}

// In double: the variance is a difference of them.
template <class E>
void ColumnOps<E>::ColumnSums(const Launch& l, const E* x, S* sums, int64_t n, int64_t c) {
  ReduceColumns<double>(
      l, n, c,
      [=] __device__(int64_t i, int64_t j) -> Pair<double> {
        const double value = Load(x[i * c + j]);
        return {value, value * value};
      },
      [=] __device__(int64_t j, double sum, double squares) {
        sums[j] = static_cast<S>(sum), sums[c + j] = static_cast<S>(squares);
      });
}

template <class E>
void ColumnOps<E>::DeadShare(const Launch& l, const E* act, S* out, int64_t n, int64_t f, double scale,
                             bool accumulate) {
  S* alive = reinterpret_cast<S*>(l.workspace + kWorkspaceElems);
  ReduceColumns<S>(
      l, n, f,
      [=] __device__(int64_t i, int64_t j) -> Pair<S> {
        return {Load(act[i * f + j]) != S(0) ? S(1) : S(0), S(0)};
      },
      [=] __device__(int64_t j, S count, S) { alive[j] = count; });
  ForRows(l, 1, [=] __device__(int64_t) {
    double dead = 0;
    for (int64_t j = threadIdx.x; j < f; j += blockDim.x) dead += alive[j] == S(0) ? 1.0 : 0.0;
    dead = BlockSum(dead);
    if (threadIdx.x == 0) {
      out[0] = static_cast<S>((accumulate ? static_cast<double>(out[0]) : 0.0) + scale * dead);
    }
  });
}

namespace {

template <class S>
struct Moments {
  S mean, rstd;
};

// In double: the difference of two large numbers.
template <class S>
__device__ Moments<S> MomentsOf(const S* sums, int64_t j, int64_t c, int64_t count, double eps) {
  const double mean = sums[j] / static_cast<double>(count);
  const double variance = max(0.0, sums[c + j] / static_cast<double>(count) - mean * mean);
  return {static_cast<S>(mean), static_cast<S>(1.0 / sqrt(variance + eps))};
}

}  // namespace

template <class E>
void ColumnOps<E>::BatchNorm(const Launch& l, const E* x, const S* sums, const E* gamma, const E* beta, E* y,
                             int64_t n, int64_t c, int64_t count, double eps) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const Moments<S> m = MomentsOf(sums, at % c, c, count, eps);
    y[at] = Round<E>((Load(x[at]) - m.mean) * m.rstd * Load(gamma[at % c]) + Load(beta[at % c]));
  });
}

template <class E>
void ColumnOps<E>::BatchNormSums(const Launch& l, const E* dy, const E* x, const S* sums, S* dsums, int64_t n,
                                 int64_t c, int64_t count, double eps) {
  ReduceColumns<S>(
      l, n, c,
      [=] __device__(int64_t i, int64_t j) -> Pair<S> {
        const Moments<S> m = MomentsOf(sums, j, c, count, eps);
        const S d = Load(dy[i * c + j]);
        return {d, d * ((Load(x[i * c + j]) - m.mean) * m.rstd)};
      },
      [=] __device__(int64_t j, S sum, S norm_sum) { dsums[j] = sum, dsums[c + j] = norm_sum; });
}

template <class E>
void ColumnOps<E>::BatchNormBackward(const Launch& l, const E* dy, const E* x, const S* sums, const S* dsums,
                                     const E* gamma, E* dx, int64_t n, int64_t c, int64_t count, double eps) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const int64_t j = at % c;
    const Moments<S> m = MomentsOf(sums, j, c, count, eps);
    const S mean_dy = dsums[j] / static_cast<S>(count), mean_norm = dsums[c + j] / static_cast<S>(count);
    const S norm = (Load(x[at]) - m.mean) * m.rstd;
    dx[at] = Round<E>(Load(gamma[j]) * m.rstd * (Load(dy[at]) - mean_dy - norm * mean_norm));
  });
}

template <class E>
void ColumnOps<E>::BatchNormGrad(const Launch& l, const S* dsums, E* dgamma, E* dbeta, int64_t c,
                                 bool accumulate) {
  ForEach(l, c, [=] __device__(int64_t j) {
    dbeta[j] = Round<E>(dsums[j] + (accumulate ? Load(dbeta[j]) : S(0)));
    dgamma[j] = Round<E>(dsums[c + j] + (accumulate ? Load(dgamma[j]) : S(0)));
  });
}

RINGSIDE_CUDA_INSTANTIATE(ColumnOps);

}  // namespace ringside::kernels::cuda
