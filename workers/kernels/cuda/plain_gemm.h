// A product of any shape, type and alignment: for what cuBLASLt has no algorithm for. Tiles in shared memory,
// multiply-adds in S.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

struct GemmShape {
  int64_t m, n, k;
  bool trans_a, trans_b;
  int64_t batch = 1, a_stride = 0, b_stride = 0, c_stride = 0;  // elements from one product to the next
};

// c [m, n] = (or +=) op(a) op(b) + bias; row-major, as Kernels::Gemm. Out is E or Stat<E>; bias may be null.
template <class E, class Out>
struct PlainGemm {
  static void Run(const Launch& l, const E* a, const E* b, const E* bias, Out* c, const GemmShape& shape,
                  bool accumulate);
};

}  // namespace ringside::kernels::cuda
