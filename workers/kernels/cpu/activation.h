// Element-wise functions of the MLP.
#pragma once

#include <algorithm>

#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"
#include "workers/kernels/cpu/vector_math.h"

namespace ringside::kernels {

template <class R>
void GeluRow(const R* __restrict pre, R* __restrict out, int64_t n) {
  for (int64_t j = 0; j < n; ++j) out[j] = static_cast<R>(FastGelu(static_cast<float>(pre[j])));
}

template <class R>
void CpuKernels<R>::Gelu(const R* pre, R* out, int64_t n) {
  GeluRow(pre, out, n);
}

template <class R>
void CpuKernels<R>::GeluBackward(const R* __restrict pre, R* __restrict dout, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    dout[i] = static_cast<R>(static_cast<float>(dout[i]) * FastGeluDerivative(static_cast<float>(pre[i])));
  }
}

template <class R>
void CpuKernels<R>::Activation(const R* __restrict pre, R* __restrict out, int64_t n,
                               plan::Activation activation) {
  if (activation == plan::Activation::kSigmoid) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<R>(FastSigmoid(static_cast<float>(pre[i])));
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const float x = static_cast<float>(pre[i]);
      out[i] = static_cast<R>(x < 0.0f ? 0.0f : x);
    }
  }
}

template <class R>
void CpuKernels<R>::ActivationBackward(const R* __restrict pre, R* __restrict dout, int64_t n,
                                       plan::Activation activation) {
  if (activation == plan::Activation::kSigmoid) {
    for (int64_t i = 0; i < n; ++i) {
      const float s = FastSigmoid(static_cast<float>(pre[i]));
      dout[i] = static_cast<R>(static_cast<float>(dout[i]) * (s * FastSigmoid(-static_cast<float>(pre[i]))));
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const float d = static_cast<float>(dout[i]);
      dout[i] = static_cast<R>(d * (static_cast<float>(pre[i]) > 0.0f ? 1.0f : 0.0f));
    }
  }
}

template <class R>
void CpuKernels<R>::Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) {
  for (int64_t i = 0; i < n; ++i) {
    const R* __restrict gate = gate_up + 2 * i * f;
    const R* __restrict up = gate + f;
    R* __restrict out_i = out + i * f;
    for (int64_t j = 0; j < f; ++j) {
      const float x = static_cast<float>(gate[j]);
      out_i[j] = static_cast<R>(x * FastSigmoid(x) * static_cast<float>(up[j]));
    }
  }
}

// d silu = s + x s (1 - s), with 1 - s = sigmoid(-x), which does not cancel.
template <class R>
void CpuKernels<R>::SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) {
  for (int64_t i = 0; i < n; ++i) {
    const R* __restrict gate = gate_up + 2 * i * f;
    const R* __restrict up = gate + f;
    const R* __restrict dout_i = dout + i * f;
    R* __restrict dgate = dgate_up + 2 * i * f;
    R* __restrict dup = dgate_up + (2 * i + 1) * f;
    for (int64_t j = 0; j < f; ++j) {
      const float x = static_cast<float>(gate[j]), d = static_cast<float>(dout_i[j]);
      const float s = FastSigmoid(x);
      dgate[j] = static_cast<R>(d * static_cast<float>(up[j]) * (s + x * s * FastSigmoid(-x)));
      dup[j] = static_cast<R>(d * x * s);
    }
  }
}

template <class R>
void CpuKernels<R>::DeadShare(const R* act, float* out, int64_t n, int64_t f, double scale, bool accumulate) {
  int64_t dead = 0;
  ForColumnTiles(f, [&](int64_t first, int64_t width) {
    int32_t lives[kColumnTile] = {};
    for (int64_t i = 0; i < n; ++i) {
      const R* __restrict row = act + i * f + first;
      for (int64_t j = 0; j < width; ++j) lives[j] |= static_cast<float>(row[j]) != 0.0f ? 1 : 0;
    }
    dead += std::count(lives, lives + width, 0);
  });
  out[0] = static_cast<float>((accumulate ? out[0] : 0.0) + scale * static_cast<double>(dead));
}

}  // namespace ringside::kernels
