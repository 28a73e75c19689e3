// GELU in its tanh form (Hendrycks and Gimpel 2016, section 2), as in GPT-2.
#pragma once

namespace ringside::kernels::cuda {

template <class T>
__device__ T GeluTanh(T x) {
  return tanh(T(0.79788456080286535588) * (x + T(0.044715) * x * x * x));  // sqrt(2 / pi)
}

template <class T>
__device__ T GeluOf(T x) {
  return T(0.5) * x * (T(1) + GeluTanh(x));
}

template <class T>
__device__ T GeluSlope(T x) {
  const T tanh_x = GeluTanh(x);
  const T inner = T(0.79788456080286535588) * (T(1) + T(3 * 0.044715) * x * x);
  return T(0.5) * (T(1) + tanh_x) + T(0.5) * x * (T(1) - tanh_x * tanh_x) * inner;
}

}  // namespace ringside::kernels::cuda
