// Launchers of activations, forward and backward; as the methods of kernels.h that they are named after.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Activations {
  static void Gelu(const Launch& l, const E* pre, E* out, int64_t n);
  static void GeluBackward(const Launch& l, const E* pre, E* dout, int64_t n);
  static void Relu(const Launch& l, const E* pre, E* out, int64_t n);
  static void ReluBackward(const Launch& l, const E* pre, E* dout, int64_t n);
  static void SigmoidOf(const Launch& l, const E* pre, E* out, int64_t n);
  static void SigmoidBackward(const Launch& l, const E* pre, E* dout, int64_t n);
  static void Swiglu(const Launch& l, const E* gate_up, E* out, int64_t n, int64_t f);
  static void SwigluBackward(const Launch& l, const E* gate_up, const E* dout, E* dgate_up, int64_t n,
                             int64_t f);
  static void Rope(const Launch& l, E* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d,
                   int64_t t, int64_t cp, int64_t cp_rank, double theta, bool inverse);
};

}  // namespace ringside::kernels::cuda
