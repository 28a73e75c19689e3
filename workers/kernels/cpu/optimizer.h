// One pass over memory each; the operands do not overlap.
#pragma once

#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/reference/optimizer.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::SquareSum(const R* g, float* out, int64_t n, bool accumulate) {
  double sum = accumulate ? out[0] : 0.0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) {
    const double value = static_cast<float>(g[i]);
    sum += value * value;
  }
  out[0] = static_cast<float>(sum);
}

template <class R>
void CpuKernels<R>::Control(const float* square_sum, float* control, double max_norm, bool dynamic) {
  reference::Control(square_sum, control, max_norm, dynamic);
}

// The constants of a step. lr * m / c1 / (sqrt(v / c2) + eps), with c1 and c2 moved out of the loop.
struct AdamWConstants {
  float keep1, add1, keep2, add2, rate, root, floor, decay, grad_factor;
};

template <class R>
void AdamWLoop(R* __restrict w, const R* __restrict g, float* __restrict master, float* __restrict m,
               float* __restrict v, int64_t n, const AdamWConstants& constants, bool has_master) {
  const AdamWConstants k = constants;
  const auto moved = [&k](float weight, float gradient, float* m_i, float* v_i) {
    *m_i = k.keep1 * *m_i + k.add1 * gradient;
    *v_i = k.keep2 * *v_i + k.add2 * (gradient * gradient);
    return weight - (k.rate * *m_i / (std::sqrt(*v_i) * k.root + k.floor) + k.decay * weight);
  };
  if (has_master) {
    for (int64_t i = 0; i < n; ++i) {
      const float weight = moved(master[i], static_cast<float>(g[i]) * k.grad_factor, &m[i], &v[i]);
      master[i] = weight;
      w[i] = static_cast<R>(weight);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      w[i] = static_cast<R>(
          moved(static_cast<float>(w[i]), static_cast<float>(g[i]) * k.grad_factor, &m[i], &v[i]));
    }
  }
}

template <class R>
void CpuKernels<R>::AdamW(R* w, const R* g, float* master, float* m, float* v, int64_t n, double lr,
                          double beta1, double beta2, double eps, double weight_decay, int64_t step,
                          double grad_factor) {
  if (std::isnan(grad_factor)) return;
  const double correction1 = 1.0 - std::pow(beta1, static_cast<double>(step));
  const double correction2 = 1.0 - std::pow(beta2, static_cast<double>(step));
  const auto narrow = [](double value) { return static_cast<float>(value); };
  const AdamWConstants constants = {
      narrow(beta1),       narrow(1.0 - beta1),       narrow(beta2),
      narrow(1.0 - beta2), narrow(lr / correction1),  narrow(1.0 / std::sqrt(correction2)),
      narrow(eps),         narrow(lr * weight_decay), narrow(grad_factor)};
  AdamWLoop(w, g, master, m, v, n, constants, master != nullptr);
}

template <class R>
void CpuKernels<R>::Sgd(R* __restrict w, const R* __restrict g, float* __restrict master, int64_t n,
                        double lr, double weight_decay, double grad_factor) {
  if (std::isnan(grad_factor)) return;
  const float rate = static_cast<float>(lr * grad_factor), decay = static_cast<float>(lr * weight_decay);
  if (master != nullptr) {
    for (int64_t i = 0; i < n; ++i) {
      master[i] -= rate * static_cast<float>(g[i]) + decay * master[i];
      w[i] = static_cast<R>(master[i]);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const float weight = static_cast<float>(w[i]);
      w[i] = static_cast<R>(weight - (rate * static_cast<float>(g[i]) + decay * weight));
    }
  }
}

}  // namespace ringside::kernels
