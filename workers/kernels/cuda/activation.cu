#include "workers/kernels/cuda/activation.h"

#include "plan/sequence_slice.h"
#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/gelu.cuh"

namespace ringside::kernels::cuda {

template <class E>
void Activations<E>::Gelu(const Launch& l, const E* pre, E* out, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = Round<E>(GeluOf(Load(pre[i]))); });
}

template <class E>
void Activations<E>::GeluBackward(const Launch& l, const E* pre, E* dout, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) { dout[i] = Round<E>(Load(dout[i]) * GeluSlope(Load(pre[i]))); });
}

// NaN stays NaN.
template <class E>
void Activations<E>::Relu(const Launch& l, const E* pre, E* out, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const Stat<E> x = Load(pre[i]);
    out[i] = Round<E>(x < 0 ? Stat<E>(0) : x);
  });
}

template <class E>
void Activations<E>::ReluBackward(const Launch& l, const E* pre, E* dout, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) {
    dout[i] = Round<E>(Load(dout[i]) * (Load(pre[i]) > 0 ? Stat<E>(1) : Stat<E>(0)));
  });
}

template <class E>
void Activations<E>::SigmoidOf(const Launch& l, const E* pre, E* out, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) { out[i] = Round<E>(Sigmoid(Load(pre[i]))); });
}

template <class E>
void Activations<E>::SigmoidBackward(const Launch& l, const E* pre, E* dout, int64_t n) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const Stat<E> x = Load(pre[i]);
    dout[i] = Round<E>(Load(dout[i]) * (Sigmoid(x) * Sigmoid(-x)));  // 1 - s would cancel
  });
}

template <class E>
void Activations<E>::Swiglu(const Launch& l, const E* gate_up, E* out, int64_t n, int64_t f) {
  ForEach(l, n * f, [=] __device__(int64_t at) {
    const int64_t of = 2 * (at / f) * f + at % f;
    const Stat<E> gate = Load(gate_up[of]), up = Load(gate_up[of + f]);
    out[at] = Round<E>(gate * Sigmoid(gate) * up);
  });
}

template <class E>
void Activations<E>::SwigluBackward(const Launch& l, const E* gate_up, const E* dout, E* dgate_up, int64_t n,
                                    int64_t f) {
  ForEach(l, n * f, [=] __device__(int64_t at) {
    const int64_t of = 2 * (at / f) * f + at % f;
    const Stat<E> gate = Load(gate_up[of]), up = Load(gate_up[of + f]), d = Load(dout[at]);
    const Stat<E> s = Sigmoid(gate);
    dgate_up[of] = Round<E>(d * up * s * (1 + gate * (1 - s)));
    dgate_up[of + f] = Round<E>(d * gate * s);
  });
}

// Angles in double: a position may be large.
template <class E>
void Activations<E>::Rope(const Launch& l, E* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total,
                          int64_t d, int64_t t, int64_t cp, int64_t cp_rank, double theta, bool inverse) {
  const int64_t half = d / 2;
  ForEach(l, n * half, [=] __device__(int64_t at) {
    const int64_t i = at / half, x = at % half;
    const double position = static_cast<double>(plan::GlobalPosition(i % t, t, cp, cp_rank));
    const double angle = position * pow(theta, -2.0 * static_cast<double>(x) / static_cast<double>(d));
    double sine, cosine;
    sincos(inverse ? -angle : angle, &sine, &cosine);
    const Stat<E> s = static_cast<Stat<E>>(sine), c = static_cast<Stat<E>>(cosine);
    E* first = qkv + i * heads_total * d + x;
    for (int64_t head = 0; head < heads_rotated; ++head, first += d) {
      const Stat<E> a = Load(first[0]), b = Load(first[half]);
      first[0] = Round<E>(a * c - b * s);
      first[half] = Round<E>(a * s + b * c);
    }
  });
}

RINGSIDE_CUDA_INSTANTIATE(Activations);

}  // namespace ringside::kernels::cuda
