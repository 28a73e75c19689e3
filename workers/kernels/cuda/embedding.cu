#include "workers/kernels/cuda/embedding.h"

#include "plan/sequence_slice.h"
#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

template <class E>
void Embeddings<E>::Forward(const Launch& l, const int32_t* tokens, const E* table, E* out, int64_t n,
                            int64_t c, int64_t v_begin, int64_t v_count) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const int64_t row = tokens[at / c] - v_begin;
    out[at] = row >= 0 && row < v_count ? table[row * c + at % c] : Round<E>(0);
  });
}

// The block of a token's first occurrence adds up all of them, in order and without atomics. A scan of N
// tokens by each of N blocks: some microseconds for the few thousand tokens of a micro-batch.
template <class E>
void Embeddings<E>::Backward(const Launch& l, const int32_t* tokens, const E* dout, E* dtable, int64_t n,
                             int64_t c, int64_t v_begin, int64_t v_count) {
  ForRows(l, n, [=] __device__(int64_t i) {
    const int32_t token = tokens[i];
    const int64_t row = token - v_begin;
    int earlier = 0;
    for (int64_t other = threadIdx.x; other < i; other += blockDim.x) earlier |= tokens[other] == token;
    if (__syncthreads_or(earlier) || row < 0 || row >= v_count) return;
    for (int64_t j = threadIdx.x; j < c; j += blockDim.x) {
      Stat<E> sum = Load(dtable[row * c + j]);
      for (int64_t other = i; other < n; ++other) {
        if (tokens[other] == token) sum += Load(dout[other * c + j]);
      }
      dtable[row * c + j] = Round<E>(sum);
    }
  });
}

template <class E>
void Embeddings<E>::PositionBackward(const Launch& l, const E* dout, E* dtable, int64_t n, int64_t c,
                                     int64_t t, int64_t cp, int64_t cp_rank, int64_t row_begin,
                                     bool accumulate) {
  if (!accumulate) {
    ForEach(l, t * cp * c, [=] __device__(int64_t at) { dtable[at] = Round<E>(0); });
  }
  ForEach(l, std::min(n, t) * c, [=] __device__(int64_t at) {
    const int64_t first = at / c, j = at % c;
    E& into = dtable[plan::GlobalPosition((row_begin + first) % t, t, cp, cp_rank) * c + j];
    Stat<E> sum = Load(into);
    for (int64_t i = first; i < n; i += t) sum += Load(dout[i * c + j]);
    into = Round<E>(sum);
  });
}

RINGSIDE_CUDA_INSTANTIATE(Embeddings);

}  // namespace ringside::kernels::cuda
