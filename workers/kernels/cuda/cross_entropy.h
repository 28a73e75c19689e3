// Launchers of the three steps of cross-entropy, and of the sums over a whole tensor; as kernels.h.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct CrossEntropy {
  using S = Stat<E>;
  static void Max(const Launch& l, const E* logits, S* row_max, int64_t n, int64_t v);
  static void Sum(const Launch& l, const E* logits, const S* row_max, const int32_t* targets, S* stats,
                  int64_t n, int64_t v, int64_t v_begin);
  // `control` may be null: then the gradient's factor is grad_scale alone.
  static void Loss(const Launch& l, E* logits, const S* row_max, const S* stats, const int32_t* targets,
                   S* loss, int64_t n, int64_t v, int64_t v_begin, double scale, double grad_scale,
                   const S* control);
};

}  // namespace ringside::kernels::cuda
