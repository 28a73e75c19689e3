// Launchers of token and position embedding; as the methods of kernels.h that they are named after.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Embeddings {
  static void Forward(const Launch& l, const int32_t* tokens, const E* table, E* out, int64_t n, int64_t c,
                      int64_t v_begin, int64_t v_count);
  static void Backward(const Launch& l, const int32_t* tokens, const E* dout, E* dtable, int64_t n, int64_t c,
                       int64_t v_begin, int64_t v_count);
  static void PositionBackward(const Launch& l, const E* dout, E* dtable, int64_t n, int64_t c, int64_t t,
                               int64_t cp, int64_t cp_rank, int64_t row_begin, bool accumulate);
};

}  // namespace ringside::kernels::cuda
