// Reference optimizers and what goes before them: squares of the gradient, loss scale, clipping.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace ringside::kernels::reference {

template <class R, class S>
void SquareSum(const R* g, S* out, int64_t n, bool accumulate) {
  double sum = accumulate ? static_cast<double>(out[0]) : 0.0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(g[i]) * g[i];
  out[0] = static_cast<S>(sum);
}

// As Kernels::Control, whichever implementation.
template <class S>
void Control(const S* square_sum, S* control, double max_norm, bool dynamic) {
  constexpr S kGrowAfter = 2000;  // good steps
  S &scale = control[0], &since = control[1], &skipped = control[2], &factor = control[3];
  if (!std::isfinite(square_sum[0])) {
    factor = std::numeric_limits<S>::quiet_NaN();
    skipped += 1;
    if (dynamic) scale /= 2, since = 0;
    return;
  }
  const double unscale = 1.0 / scale, norm = std::sqrt(static_cast<double>(square_sum[0])) * unscale;
  factor = static_cast<S>(max_norm > 0 && norm > max_norm ? unscale * max_norm / norm : unscale);
  if (!dynamic) return;
  since += 1;
  if (since >= kGrowAfter) scale *= 2, since = 0;
}

// Loshchilov and Hutter 2019, algorithm 2.
template <class R, class S>
void AdamW(R* w, const R* g, S* master, S* m, S* v, int64_t n, double lr, double beta1, double beta2,
           double eps, double weight_decay, int64_t step, double grad_factor) {
  if (std::isnan(grad_factor)) return;
  const double correction1 = 1.0 - std::pow(beta1, static_cast<double>(step));
  const double correction2 = 1.0 - std::pow(beta2, static_cast<double>(step));
  for (int64_t i = 0; i < n; ++i) {
    const double gradient = g[i] * grad_factor;
    const double first = beta1 * m[i] + (1.0 - beta1) * gradient;
    const double second = beta2 * v[i] + (1.0 - beta2) * gradient * gradient;
    m[i] = static_cast<S>(first);
    v[i] = static_cast<S>(second);
    const double weight = master != nullptr ? static_cast<double>(master[i]) : static_cast<double>(w[i]);
    const double update = first / correction1 / (std::sqrt(second / correction2) + eps);
    const S moved = static_cast<S>(weight - lr * (update + weight_decay * weight));
    if (master != nullptr) master[i] = moved;
    w[i] = static_cast<R>(moved);
  }
}

template <class R, class S>
void Sgd(R* w, const R* g, S* master, int64_t n, double lr, double weight_decay, double grad_factor) {
  if (std::isnan(grad_factor)) return;
  for (int64_t i = 0; i < n; ++i) {
    const double weight = master != nullptr ? static_cast<double>(master[i]) : static_cast<double>(w[i]);
    const S moved = static_cast<S>(weight - lr * (g[i] * grad_factor + weight_decay * weight));
    if (master != nullptr) master[i] = moved;
    w[i] = static_cast<R>(moved);
  }
}

}  // namespace ringside::kernels::reference
