#include "workers/comm/reduce.h"

#include <bit>
#include <cmath>
#include <type_traits>

#include "base/check.h"

namespace ringside::workers {
namespace {

struct Bf16 {
  uint16_t bits;
};

float Widen(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

// To nearest, ties to even. A NaN keeps its upper bits and stays one.
Bf16 Narrow(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const uint32_t quiet_nan = (bits >> 16) | 0x40u;
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return {static_cast<uint16_t>(is_nan ? quiet_nan : rounded)};
}

template <class T>
T Add(T a, T b) {
  return a + b;
}
int32_t Add(int32_t a, int32_t b) {  // wraps around
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
Bf16 Add(Bf16 a, Bf16 b) {
  return Narrow(Widen(a) + Widen(b));
}
_Float16 Add(_Float16 a, _Float16 b) {
  return static_cast<_Float16>(static_cast<float>(a) + static_cast<float>(b));
}

template <class T>
T Max(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return a < b ? b : a;
  } else {
    if (a > b) return a;
    if (b > a) return b;
    return a == b ? (std::signbit(a) ? b : a) : a + b;
  }
}
Bf16 Max(Bf16 a, Bf16 b) {
  return Narrow(Max(Widen(a), Widen(b)));
}
_Float16 Max(_Float16 a, _Float16 b) {
  return static_cast<_Float16>(Max(static_cast<float>(a), static_cast<float>(b)));
}

template <class T>
void ReduceAs(void* into, const void* from, int64_t elems, bool max) {
  T* __restrict__ a = static_cast<T*>(into);
  const T* __restrict__ b = static_cast<const T*>(from);
  if (max) {
    for (int64_t i = 0; i < elems; ++i) a[i] = Max(a[i], b[i]);
  } else {
    for (int64_t i = 0; i < elems; ++i) a[i] = Add(a[i], b[i]);
  }
}

}  // namespace

void Reduce(plan::DType dtype, void* into, const void* from, int64_t elems, bool max) {
  switch (dtype) {
    case plan::DType::kF32:
      return ReduceAs<float>(into, from, elems, max);
    case plan::DType::kF64:
      return ReduceAs<double>(into, from, elems, max);
    case plan::DType::kI32:
      return ReduceAs<int32_t>(into, from, elems, max);
    case plan::DType::kBf16:
      return ReduceAs<Bf16>(into, from, elems, max);
    case plan::DType::kF16:
      return ReduceAs<_Float16>(into, from, elems, max);
  }
  RINGSIDE_CHECK(false);
}

}  // namespace ringside::workers
