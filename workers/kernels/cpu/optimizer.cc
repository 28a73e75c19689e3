// One pass over memory each; the operands do not overlap.
#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"

namespace ringside::kernels {

// lr * m / c1 / (sqrt(v / c2) + eps), with c1 and c2 moved out of the loop.
void CpuKernels::AdamW(float* w, const float* g, float* m, float* v, int64_t n, double lr, double beta1,
                       double beta2, double eps, double weight_decay, int64_t step) {
  const double correction1 = 1.0 - std::pow(beta1, static_cast<double>(step));
  const double correction2 = 1.0 - std::pow(beta2, static_cast<double>(step));
  const float keep1 = static_cast<float>(beta1), add1 = static_cast<float>(1.0 - beta1);
  const float keep2 = static_cast<float>(beta2), add2 = static_cast<float>(1.0 - beta2);
  const float rate = static_cast<float>(lr / correction1),
              root = static_cast<float>(1.0 / std::sqrt(correction2));
  const float floor = static_cast<float>(eps), decay = static_cast<float>(lr * weight_decay);
  float* __restrict weights = w;
  const float* __restrict gradients = g;
  float* __restrict first = m;
  float* __restrict second = v;
  for (int64_t i = 0; i < n; ++i) {
    const float gradient = gradients[i];
    const float m_i = keep1 * first[i] + add1 * gradient;
    const float v_i = keep2 * second[i] + add2 * (gradient * gradient);
    first[i] = m_i;
    second[i] = v_i;
    weights[i] -= rate * m_i / (std::sqrt(v_i) * root + floor) + decay * weights[i];
  }
}

void CpuKernels::Sgd(float* w, const float* g, int64_t n, double lr, double weight_decay) {
  const float rate = static_cast<float>(lr), decay = static_cast<float>(lr * weight_decay);
  float* __restrict weights = w;
  const float* __restrict gradients = g;
  for (int64_t i = 0; i < n; ++i) weights[i] -= rate * gradients[i] + decay * weights[i];
}

}  // namespace ringside::kernels
