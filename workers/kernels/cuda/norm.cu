#include "workers/kernels/cuda/columns.cuh"
#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/norm.h"

namespace ringside::kernels::cuda {

// A block to a row; the row stays in L1 between the passes.
template <class E>
void Norms<E>::LayerNorm(const Launch& l, const E* x, const E* gamma, const E* beta, E* y, S* mean, S* rstd,
                         int64_t n, int64_t c, double eps) {
  const S eps_s = static_cast<S>(eps);
  ForRows(l, n, [=] __device__(int64_t i) {
    const E* x_i = x + i * c;
    S sum = 0, squares = 0;
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) sum += Load(x_i[j]);
    const S row_mean = BlockSum(sum) / static_cast<S>(c);
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      const S centred = Load(x_i[j]) - row_mean;
      squares += centred * centred;
    }
    const S row_rstd = S(1) / sqrt(BlockSum(squares) / static_cast<S>(c) + eps_s);
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      y[i * c + j] = Round<E>((Load(x_i[j]) - row_mean) * row_rstd * Load(gamma[j]) + Load(beta[j]));
    }
    if (threadIdx.x == 0) mean[i] = row_mean, rstd[i] = row_rstd;
  });
}

// With n = (x - mean) * rstd and g = dy * gamma: dx += rstd * (g - mean(g) - n * mean(g * n)).
template <class E>
void Norms<E>::LayerNormBackward(const Launch& l, const E* dy, const E* x, const E* gamma, const S* mean,
                                 const S* rstd, E* dx, E* dgamma, E* dbeta, int64_t n, int64_t c,
                                 bool accumulate) {
  ForRows(l, n, [=] __device__(int64_t i) {
    const S row_mean = mean[i], row_rstd = rstd[i];
    S sum = 0, sum_norm = 0;
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      const S g = Load(dy[i * c + j]) * Load(gamma[j]);
      sum += g;
      sum_norm += g * ((Load(x[i * c + j]) - row_mean) * row_rstd);
    }
    const S mean_g = BlockSum(sum) / static_cast<S>(c);
    const S mean_gn = BlockSum(sum_norm) / static_cast<S>(c);
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      const S g = Load(dy[i * c + j]) * Load(gamma[j]);
      const S norm = (Load(x[i * c + j]) - row_mean) * row_rstd;
      dx[i * c + j] = Round<E>(Load(dx[i * c + j]) + row_rstd * (g - mean_g - norm * mean_gn));
    }
  });
  ReduceColumns<S>(
      l, n, c,
      [=] __device__(int64_t i, int64_t j) -> Pair<S> {
        const S d = Load(dy[i * c + j]);
        return {d * ((Load(x[i * c + j]) - mean[i]) * rstd[i]), d};
      },
      [=] __device__(int64_t j, S for_gamma, S for_beta) {
        dgamma[j] = Round<E>(accumulate ? Load(dgamma[j]) + for_gamma : for_gamma);
        dbeta[j] = Round<E>(accumulate ? Load(dbeta[j]) + for_beta : for_beta);
      });
}

template <class E>
void Norms<E>::RmsNorm(const Launch& l, const E* x, const E* gamma, E* y, S* rstd, int64_t n, int64_t c,
                       double eps) {
  const S eps_s = static_cast<S>(eps);
  ForRows(l, n, [=] __device__(int64_t i) {
    const E* x_i = x + i * c;
    S squares = 0;
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) squares += Load(x_i[j]) * Load(x_i[j]);
    const S row_rstd = S(1) / sqrt(BlockSum(squares) / static_cast<S>(c) + eps_s);
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      y[i * c + j] = Round<E>(Load(x_i[j]) * row_rstd * Load(gamma[j]));
    }
    if (threadIdx.x == 0) rstd[i] = row_rstd;
  });
}

template <class E>
void Norms<E>::RmsNormBackward(const Launch& l, const E* dy, const E* x, const E* gamma, const S* rstd, E* dx,
                               E* dgamma, int64_t n, int64_t c, bool accumulate) {
  ForRows(l, n, [=] __device__(int64_t i) {
    const S r = rstd[i];
    S sum = 0;
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      sum += Load(dy[i * c + j]) * Load(gamma[j]) * (Load(x[i * c + j]) * r);
    }
    const S mean = BlockSum(sum) / static_cast<S>(c);
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      const S g = Load(dy[i * c + j]) * Load(gamma[j]);
      dx[i * c + j] = Round<E>(Load(dx[i * c + j]) + r * (g - Load(x[i * c + j]) * r * mean));
    }
  });
  ReduceColumns<S>(
      l, n, c,
      [=] __device__(int64_t i, int64_t j) -> Pair<S> {
        return {Load(dy[i * c + j]) * Load(x[i * c + j]) * rstd[i], S(0)};
      },
      [=] __device__(int64_t j, S sum, S) {
        dgamma[j] = Round<E>(accumulate ? Load(dgamma[j]) + sum : sum);
      });
}

RINGSIDE_CUDA_INSTANTIATE(Norms);

}  // namespace ringside::kernels::cuda
