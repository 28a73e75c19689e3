// Reference ReLU and sigmoid, SwiGLU (Shazeer 2020) and rotary positions (Su et al. 2021, the form that turns
// element i of a head's first half with element i of its second).
#pragma once

#include <cmath>
#include <cstdint>

#include "plan/program.h"
#include "plan/sequence_slice.h"

namespace ringside::kernels::reference {

inline double Sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

template <class R>
void Activation(const R* pre, R* out, int64_t n, plan::Activation activation) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = pre[i];
    const double y = activation == plan::Activation::kSigmoid ? Sigmoid(x) : x < 0 ? 0.0 : x;
    out[i] = static_cast<R>(y);
  }
}

template <class R>
void ActivationBackward(const R* pre, R* dout, int64_t n, plan::Activation activation) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = pre[i], s = Sigmoid(x);
    const double slope = activation == plan::Activation::kSigmoid ? s * (1.0 - s) : x > 0 ? 1.0 : 0.0;
    dout[i] = static_cast<R>(dout[i] * slope);
  }
}

template <class R>
void Swiglu(const R* gate_up, R* out, int64_t n, int64_t f) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < f; ++j) {
      const double gate = gate_up[2 * i * f + j], up = gate_up[(2 * i + 1) * f + j];
      out[i * f + j] = static_cast<R>(gate * Sigmoid(gate) * up);
    }
  }
}

template <class R>
void SwigluBackward(const R* gate_up, const R* dout, R* dgate_up, int64_t n, int64_t f) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < f; ++j) {
      const int64_t at = 2 * i * f + j;
      const double gate = gate_up[at], up = gate_up[at + f], d = dout[i * f + j], s = Sigmoid(gate);
      dgate_up[at] = static_cast<R>(d * up * s * (1.0 + gate * (1.0 - s)));
      dgate_up[at + f] = static_cast<R>(d * gate * s);
    }
  }
}

template <class R>
void Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t, int64_t cp,
          int64_t cp_rank, double theta, bool inverse) {
  const int64_t half = d / 2;
  for (int64_t i = 0; i < n; ++i) {
    const double position = static_cast<double>(plan::GlobalPosition(i % t, t, cp, cp_rank));
    for (int64_t x = 0; x < half; ++x) {
      const double frequency = std::pow(theta, -2.0 * static_cast<double>(x) / static_cast<double>(d));
      const double angle = inverse ? -position * frequency : position * frequency;
      const double cosine = std::cos(angle), sine = std::sin(angle);
      for (int64_t head = 0; head < heads_rotated; ++head) {
        R& first = qkv[(i * heads_total + head) * d + x];
        R& second = qkv[(i * heads_total + head) * d + half + x];
        const double a = first, b = second;
        first = static_cast<R>(a * cosine - b * sine);
        second = static_cast<R>(a * sine + b * cosine);
      }
    }
  }
}

}  // namespace ringside::kernels::reference
