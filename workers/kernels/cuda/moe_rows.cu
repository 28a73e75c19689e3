#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/moe.h"

namespace ringside::kernels::cuda {

// No two choices have the same slot: rows are written by one thread each.
template <class E>
void Moe<E>::Dispatch(const Launch& l, const E* x, const int32_t* slot, E* out, int64_t n, int64_t k,
                      int64_t c, int64_t rows) {
  cudaMemsetAsync(out, 0, sizeof(E) * rows * c, l.stream);
  ForEach(l, n * k * c, [=] __device__(int64_t at) {
    const int64_t row = slot[at / c];
    if (row >= 0) out[row * c + at % c] = x[at / c / k * c + at % c];
  });
}

template <class E>
void Moe<E>::Combine(const Launch& l, const E* y, const int32_t* slot, const S* weight, E* out, int64_t n,
                     int64_t k, int64_t c) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const int64_t i = at / c, j = at % c;
    S sum = 0;
    for (int64_t x = i * k; x < (i + 1) * k; ++x) {
      if (slot[x] >= 0) sum += weight[x] * Load(y[slot[x] * c + j]);
    }
    out[at] = Round<E>(sum);
  });
}

template <class E>
void Moe<E>::CombineBackward(const Launch& l, const E* dout, const E* y, const int32_t* slot, const S* weight,
                             E* dy, S* dweight, int64_t n, int64_t k, int64_t c, int64_t rows) {
  cudaMemsetAsync(dy, 0, sizeof(E) * rows * c, l.stream);
  ForRows(
      l, n * k,
      [=] __device__(int64_t x) {
        const int64_t row = slot[x];
        const E* dout_i = dout + x / k * c;
        S dot = 0;
        if (row >= 0) {
          for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
            const S d = Load(dout_i[j]);
            dot += d * Load(y[row * c + j]);
            dy[row * c + j] = Round<E>(weight[x] * d);
          }
        }
        dot = WarpSum(dot);
        if (threadIdx.x == 0) dweight[x] = dot;
      },
      32);
}

template <class E>
void Moe<E>::DispatchBackward(const Launch& l, const E* dxe, const int32_t* slot, E* dx, int64_t n, int64_t k,
                              int64_t c) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const int64_t i = at / c, j = at % c;
    S sum = 0;
    for (int64_t x = i * k; x < (i + 1) * k; ++x) {
      if (slot[x] >= 0) sum += Load(dxe[slot[x] * c + j]);
    }
    dx[at] = Round<E>(sum);
  });
}

#define RINGSIDE_MOE_ROWS(E)                                                                                 \
  template void Moe<E>::Dispatch(const Launch&, const E*, const int32_t*, E*, int64_t, int64_t, int64_t,     \
                                 int64_t);                                                                   \
  template void Moe<E>::Combine(const Launch&, const E*, const int32_t*, const S*, E*, int64_t, int64_t,     \
                                int64_t);                                                                    \
  template void Moe<E>::CombineBackward(const Launch&, const E*, const E*, const int32_t*, const S*, E*, S*, \
                                        int64_t, int64_t, int64_t, int64_t);                                 \
  template void Moe<E>::DispatchBackward(const Launch&, const E*, const int32_t*, E*, int64_t, int64_t,      \
                                         int64_t)
RINGSIDE_MOE_ROWS(float);
RINGSIDE_MOE_ROWS(double);
RINGSIDE_MOE_ROWS(__nv_bfloat16);
RINGSIDE_MOE_ROWS(__half);
#undef RINGSIDE_MOE_ROWS

}  // namespace ringside::kernels::cuda
