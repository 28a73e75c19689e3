// Launchers of the optimizers and of what goes before them; as the methods of kernels.h. `control` [4] lies
// on the device or is null; then the factor holds.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Optimizers {
  using S = Stat<E>;
  static void SquareSum(const Launch& l, const E* g, S* out, int64_t n, bool accumulate);
  static void Control(const Launch& l, const S* square_sum, S* control, double max_norm, bool dynamic);
  static void AdamW(const Launch& l, E* w, const E* g, S* master, S* m, S* v, int64_t n, double lr,
                    double beta1, double beta2, double eps, double weight_decay, int64_t step,
                    double grad_factor, const S* control);
  static void Sgd(const Launch& l, E* w, const E* g, S* master, int64_t n, double lr, double weight_decay,
                  double grad_factor, const S* control);
};

}  // namespace ringside::kernels::cuda
