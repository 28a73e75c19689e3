// Launchers of convolutional nets; as the methods of kernels.h that they are named after.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Conv {
  static void Im2col(const Launch& l, const E* x, E* cols, int64_t b, int64_t h, int64_t w, int64_t c,
                     int64_t k, int64_t stride);
  static void Col2im(const Launch& l, const E* dcols, E* dx, int64_t b, int64_t h, int64_t w, int64_t c,
                     int64_t k, int64_t stride, bool accumulate);
  static void MeanRows(const Launch& l, const E* x, E* out, int64_t b, int64_t p, int64_t c);
  static void MeanRowsBackward(const Launch& l, const E* dout, E* dx, int64_t b, int64_t p, int64_t c);
};

}  // namespace ringside::kernels::cuda
