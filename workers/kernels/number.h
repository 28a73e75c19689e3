// The narrow element types: 16-bit numbers that are stored, and widened to float for every computation.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace ringside::kernels {

// The upper half of a float: 8 bits of exponent, 8 significant bits (unit roundoff 2^-8).
struct Bf16 {
  uint16_t bits;

  Bf16() = default;
  // To the nearest, ties to even; a double by way of float. NaN stays NaN, too large a value becomes
  // infinite.
  template <class T>
  requires std::is_arithmetic_v<T>
  explicit Bf16(T value) : bits(Round(static_cast<float>(value))) {}
  operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }

 private:
  // Without branches, so that loops over it are vectorised.
  static uint16_t Round(float value) {
    const uint32_t wide = std::bit_cast<uint32_t>(value);
    const uint32_t nearest = (wide + 0x7fffu + (wide >> 16 & 1u)) >> 16;
    const uint32_t quiet = wide >> 16 | 0x40u;
    return static_cast<uint16_t>((wide & 0x7fffffffu) > 0x7f800000u ? quiet : nearest);
  }
};

// IEEE binary16: 5 bits of exponent, 11 significant bits (unit roundoff 2^-11), at most 65504.
using F16 = _Float16;

}  // namespace ringside::kernels
