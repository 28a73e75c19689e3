#include "workers/kernels/cuda/cross_entropy.h"

#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

namespace {
constexpr int kRowThreads = 512;  // rows are as long as the vocabulary
}

template <class E>
void CrossEntropy<E>::Max(const Launch& l, const E* logits, S* row_max, int64_t n, int64_t v) {
  ForRows(
      l, n,
      [=] __device__(int64_t i) {
        S max = Load(logits[i * v]);
        for (int64_t j = threadIdx.x; j < v; j += blockDim.x) {
          const S value = Load(logits[i * v + j]);
          max = value > max ? value : max;
        }
        max = BlockMax(max);
        if (threadIdx.x == 0) row_max[i] = max;
      },
      kRowThreads);
}

template <class E>
void CrossEntropy<E>::Sum(const Launch& l, const E* logits, const S* row_max, const int32_t* targets,
                          S* stats, int64_t n, int64_t v, int64_t v_begin) {
  ForRows(
      l, n,
      [=] __device__(int64_t i) {
        const S max = row_max[i];
        S sum = 0;
        for (int64_t j = threadIdx.x; j < v; j += blockDim.x) sum += exp(Load(logits[i * v + j]) - max);
        sum = BlockSum(sum);
        if (threadIdx.x > 0) return;
        const int64_t target = targets[i] - v_begin;
        stats[2 * i] = sum;
        stats[2 * i + 1] = target >= 0 && target < v ? Load(logits[i * v + target]) - max : S(0);
      },
      kRowThreads);
}

template <class E>
void CrossEntropy<E>::Loss(const Launch& l, E* logits, const S* row_max, const S* stats,
                           const int32_t* targets, S* loss, int64_t n, int64_t v, int64_t v_begin,
                           double scale, double grad_scale, const S* control) {
  ForRows(
      l, n,
      [=] __device__(int64_t i) {
        const double of_control = control != nullptr ? static_cast<double>(control[0]) : 1.0;
        const S factor = static_cast<S>(scale * grad_scale * of_control);
        const S max = row_max[i], denominator = stats[2 * i];
        const int64_t target = targets[i] - v_begin;
        for (int64_t j = threadIdx.x; j < v; j += blockDim.x) {
          const S probability = exp(Load(logits[i * v + j]) - max) / denominator;
          logits[i * v + j] = Round<E>(factor * (probability - (j == target ? S(1) : S(0))));
        }
      },
      kRowThreads);
  ForRows(
      l, 1,
      [=] __device__(int64_t) {
        double sum = 0;
        for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
          sum += log(static_cast<double>(stats[2 * i])) - stats[2 * i + 1];
        }
        sum = BlockSum(sum);
        if (threadIdx.x == 0) loss[0] = static_cast<S>(loss[0] + scale * sum);
      },
      kRowThreads);
}

RINGSIDE_CUDA_INSTANTIATE(CrossEntropy);

}  // namespace ringside::kernels::cuda
