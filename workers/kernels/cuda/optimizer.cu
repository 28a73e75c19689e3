#include "workers/kernels/cuda/optimizer.h"

#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

template <class E>
void Optimizers<E>::SquareSum(const Launch& l, const E* g, S* out, int64_t n, bool accumulate) {
  const int64_t blocks = std::max<int64_t>(1, std::min<int64_t>(1024, (n + kBlock - 1) / kBlock));
  double* partials = l.workspace;
  ForRows(l, blocks, [=] __device__(int64_t block) {
    double sum = 0;
    for (int64_t i = block * blockDim.x + threadIdx.x; i < n; i += blocks * blockDim.x) {
      const double value = Load(g[i]);
      sum += value * value;
    }
    sum = BlockSum(sum);
    if (threadIdx.x == 0) partials[block] = sum;
  });
  ForRows(l, 1, [=] __device__(int64_t) {
    double sum = 0;
    for (int64_t block = threadIdx.x; block < blocks; block += blockDim.x) sum += partials[block];
    sum = BlockSum(sum);
    if (threadIdx.x == 0) {
      out[0] = static_cast<S>((accumulate ? static_cast<double>(out[0]) : 0.0) + sum);
    }
  });
}

// As reference/optimizer.h.
template <class E>
void Optimizers<E>::Control(const Launch& l, const S* square_sum, S* control, double max_norm, bool dynamic) {
  ForEach(l, 1, [=] __device__(int64_t) {
    constexpr S kGrowAfter = 2000;  // good steps
    S &scale = control[0], &since = control[1], &skipped = control[2], &factor = control[3];
    if (!isfinite(square_sum[0])) {
      factor = static_cast<S>(nan(""));
      skipped += 1;
      if (dynamic) scale /= 2, since = 0;
      return;
    }
    const double unscale = 1.0 / scale, norm = sqrt(static_cast<double>(square_sum[0])) * unscale;
    factor = static_cast<S>(max_norm > 0 && norm > max_norm ? unscale * max_norm / norm : unscale);
    if (!dynamic) return;
    since += 1;
    if (since >= kGrowAfter) scale *= 2, since = 0;
  });
}

namespace {

template <class E>
struct AdamWArgs {
  E* w;
  const E* g;
  Stat<E>*master, *m, *v;
  int64_t n;
  double lr, beta1, beta2, eps, weight_decay;
  int64_t step;
  double grad_factor;
  const Stat<E>* control;
};

// Loshchilov and Hutter 2019, algorithm 2: all in one pass over the state.
template <class E>
__global__ void AdamWKernel(AdamWArgs<E> a) {
  using S = Stat<E>;
  __shared__ S correction1, correction2;  // their reciprocals
  const S factor = a.control != nullptr ? a.control[3] : static_cast<S>(a.grad_factor);
  if (isnan(factor)) return;
  if (threadIdx.x == 0) {
    const double step =
        static_cast<double>(a.step - (a.control != nullptr ? static_cast<int64_t>(a.control[2]) : 0));
    correction1 = static_cast<S>(1.0 / (1.0 - pow(a.beta1, step)));
    correction2 = static_cast<S>(1.0 / (1.0 - pow(a.beta2, step)));
  }
  __syncthreads();
  const S lr = static_cast<S>(a.lr), eps = static_cast<S>(a.eps), decay = static_cast<S>(a.weight_decay);
  const S beta1 = static_cast<S>(a.beta1), rest1 = static_cast<S>(1.0 - a.beta1);
  const S beta2 = static_cast<S>(a.beta2), rest2 = static_cast<S>(1.0 - a.beta2);
  const int64_t stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < a.n; i += stride) {
    const S gradient = Load(a.g[i]) * factor;
    const S first = beta1 * a.m[i] + rest1 * gradient;
    const S second = beta2 * a.v[i] + rest2 * gradient * gradient;
    a.m[i] = first;
    a.v[i] = second;
    const S weight = a.master != nullptr ? a.master[i] : static_cast<S>(Load(a.w[i]));
    const S update = first * correction1 / (sqrt(second * correction2) + eps);
    const S moved = weight - lr * (update + decay * weight);
    if (a.master != nullptr) a.master[i] = moved;
    a.w[i] = Round<E>(moved);
  }
}

}  // namespace

template <class E>
void Optimizers<E>::AdamW(const Launch& l, E* w, const E* g, S* master, S* m, S* v, int64_t n, double lr,
                          double beta1, double beta2, double eps, double weight_decay, int64_t step,
                          double grad_factor, const S* control) {
  if (n <= 0) return;
  const AdamWArgs<E> args{w,     g,   master,       m,    v,           n,      lr, beta1,
                          beta2, eps, weight_decay, step, grad_factor, control};
  const int64_t blocks = std::min((n + kBlock - 1) / kBlock, kMaxBlocks);
  Start(l, AdamWKernel<E>, static_cast<unsigned>(blocks), kBlock, args);
}

template <class E>
void Optimizers<E>::Sgd(const Launch& l, E* w, const E* g, S* master, int64_t n, double lr,
                        double weight_decay, double grad_factor, const S* control) {
  const S rate = static_cast<S>(lr), decay = static_cast<S>(weight_decay);
  const S constant = static_cast<S>(grad_factor);
  ForEach(l, n, [=] __device__(int64_t i) {
    const S factor = control != nullptr ? control[3] : constant;
    if (isnan(factor)) return;
    const S weight = master != nullptr ? master[i] : static_cast<S>(Load(w[i]));
    const S moved = weight - rate * (Load(g[i]) * factor + decay * weight);
    if (master != nullptr) master[i] = moved;
    w[i] = Round<E>(moved);
  });
}

RINGSIDE_CUDA_INSTANTIATE(Optimizers);

}  // namespace ringside::kernels::cuda
