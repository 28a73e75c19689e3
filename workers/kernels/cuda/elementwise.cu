#include "workers/kernels/cuda/elementwise.h"

#include "plan/sequence_slice.h"
#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/gelu.cuh"
#include "workers/kernels/random.h"

namespace ringside::kernels::cuda {

template <class E>
void Elementwise<E>::Fill(const Launch& l, E* out, int64_t n, double value) {
  const S rounded = static_cast<S>(value);
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = Round<E>(rounded); });
}

template <class E>
void Elementwise<E>::FillStat(const Launch& l, S* out, int64_t n, double value) {
  const S rounded = static_cast<S>(value);
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = rounded; });
}

template <class E>
void Elementwise<E>::Convert(const Launch& l, const E* x, S* out, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = Load(x[i]); });
}

template <class E>
void Elementwise<E>::AddPosition(const Launch& l, E* x, const E* table, int64_t n, int64_t c, int64_t t,
                                 int64_t cp, int64_t cp_rank, int64_t row_begin) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const int64_t position = plan::GlobalPosition((row_begin + at / c) % t, t, cp, cp_rank);
    x[at] = Round<E>(Load(x[at]) + Load(table[position * c + at % c]));
  });
}

template <class E>
void Elementwise<E>::BiasResidual(const Launch& l, const E* x, const E* bias, const E* residual, E* out,
                                  int64_t n, int64_t c) {
  ForEach(l, n * c, [=] __device__(int64_t at) {
    const S shift = bias != nullptr ? Load(bias[at % c]) : S(0);
    out[at] = Round<E>(Load(residual[at]) + (Load(x[at]) + shift));
  });
}

// The numbers of dropout.h: four columns to a draw.
template <class E>
void Elementwise<E>::Dropout(const Launch& l, E* x, const E* bias, int64_t n, int64_t c, int64_t t,
                             int64_t cp, int64_t cp_rank, int64_t first_sample, int64_t row_begin,
                             int64_t site, double p, uint64_t seed) {
  const int64_t groups = (c + 3) / 4;
  const uint32_t threshold = static_cast<uint32_t>(p * 0x1p32);
  const S scale = static_cast<S>(1.0 / (1.0 - p));
  ForEach(l, n * groups, [=] __device__(int64_t at) {
    const int64_t i = at / groups, q = at % groups, row = row_begin + i;
    const uint64_t position = plan::GlobalPosition(row % t, t, cp, cp_rank);
    const uint64_t global_row = static_cast<uint64_t>(first_sample + row / t) * (t * cp) + position;
    const PhiloxCounter words =
        RandomWords(seed, RandomStream::kDropout, static_cast<uint32_t>(site), global_row * groups + q);
    for (int w = 0; w < 4; ++w) {
      const int64_t j = 4 * q + w;
      if (j >= c) return;
      const S value = Load(x[i * c + j]) + (bias != nullptr ? Load(bias[j]) : S(0));
      x[i * c + j] = Round<E>(words[w] >= threshold ? value * scale : S(0));
    }
  });
}

template <class E>
void Elementwise<E>::Copy(const Launch& l, const E* from, E* to, int64_t rows, int64_t cols,
                          int64_t from_stride, int64_t from_begin, int64_t to_stride, int64_t to_begin,
                          bool accumulate) {
  ForEach(l, rows * cols, [=] __device__(int64_t at) {
    const int64_t i = at / cols, j = at % cols;
    const E value = from[i * from_stride + from_begin + j];
    E& into = to[i * to_stride + to_begin + j];
    into = accumulate ? Round<E>(Load(into) + Load(value)) : value;
  });
}

template <class E>
void Elementwise<E>::Reduce(const Launch& l, E* into, const E* from, int64_t n, bool max) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const S a = Load(into[i]), b = Load(from[i]);
    into[i] = Round<E>(!max ? a + b : b > a || b != b ? b : a);
  });
}

template <class E>
void Elementwise<E>::FinishGemm(const Launch& l, E* c, const E* bias, E* pre, int64_t m, int64_t n) {
  ForEach(l, m * n, [=] __device__(int64_t at) {
    const E sum = Round<E>(Load(c[at]) + (bias != nullptr ? Load(bias[at % n]) : S(0)));
    if (pre != nullptr) pre[at] = sum;
    c[at] = pre != nullptr ? Round<E>(GeluOf(Load(sum))) : sum;
  });
}

template <class E>
void Elementwise<E>::StoreSums(const Launch& l, const S* x, E* out, int64_t n, bool accumulate) {
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = Round<E>(accumulate ? Load(out[i]) + x[i] : x[i]); });
}

RINGSIDE_CUDA_INSTANTIATE(Elementwise);

}  // namespace ringside::kernels::cuda
