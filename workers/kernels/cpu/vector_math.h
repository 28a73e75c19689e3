// Functions that the compiler can vectorise: no branches, no calls, no tables. NaN goes through.
#pragma once

#include <bit>
#include <cstdint>

namespace ringside::kernels {

// e^x with a relative error below 2e-7; x is clamped to [-87, 88], so the result is never denormal or
// infinite. x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor polynomial of degree 6 with the last
// coefficients adjusted (Cephes, expf). Adding 1.5 * 2^23 rounds to an integer in the low mantissa bits.
// Must not be compiled with -fassociative-math.
inline float FastExp(float x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const float power = std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) << 23) + 0x3f800000u);
  return p * power;
}

inline float FastSigmoid(float x) {
  return 1.0f / (1.0f + FastExp(-x));
}

// The tanh form of GELU is x * sigmoid(2u) with u = sqrt(2/pi) (x + 0.044715 x^3); this keeps the relative
// accuracy for negative x, where 1 + tanh(u) would cancel.
struct GeluParts {
  float sigmoid;  // of 2u
  float slope;    // d 2u / dx
};
inline GeluParts SplitGelu(float x) {
  constexpr float kA = 1.5957691216f, kB = 0.0713548163f;  // 2 sqrt(2/pi), times 0.044715
  const float squared = x * x;
  return {FastSigmoid(x * (kA + kB * squared)), kA + 3.0f * kB * squared};
}
inline float FastGelu(float x) {
  return x * SplitGelu(x).sigmoid;
}
inline float FastGeluDerivative(float x) {
  const auto [sigmoid, slope] = SplitGelu(x);
  return sigmoid + x * sigmoid * (1.0f - sigmoid) * slope;
}

}  // namespace ringside::kernels
