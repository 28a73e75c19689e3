#include "workers/checkpoint/convert.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"

namespace ringside::checkpoint {
namespace {

using plan::DType;

template <class T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

double LoadElement(DType type, const std::byte* from) {
  switch (type) {
    case DType::kF64:
      return Load<double>(from);
    case DType::kF32:
      return Load<float>(from);
    case DType::kBf16:
      return FromBf16(Load<uint16_t>(from));
    case DType::kF16:
      return FromF16(Load<uint16_t>(from));
    case DType::kI32:
      break;
  }
  RINGSIDE_CHECK(false);
  return 0;
}

template <class T>
void Store(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof(T));
}

void StoreElement(DType type, double value, std::byte* to) {
  switch (type) {
    case DType::kF64:
      return Store(value, to);
    case DType::kF32:
      return Store(static_cast<float>(value), to);
    case DType::kBf16:
      return Store(ToBf16(value), to);
    case DType::kF16:
      return Store(ToF16(value), to);
    case DType::kI32:
      break;
  }
  RINGSIDE_CHECK(false);
}

// Bits of `value` rounded to `mantissa_bits` of mantissa and `exponent_bits` of exponent, nearest even.
// Directly from the double: through a float it would be rounded twice.
uint16_t Round(double value, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const uint16_t infinity = static_cast<uint16_t>(((1 << exponent_bits) - 1) << mantissa_bits);
  if (std::isnan(value)) return sign | infinity | static_cast<uint16_t>(1 << (mantissa_bits - 1));
  const double size = std::abs(value);
  if (size == 0) return sign;
  if (std::isinf(size)) return sign | infinity;
  // The unit of the last place: that of the value's binade, or of the subnormals.
  const int exponent = std::max(std::ilogb(size), 1 - bias);
  const double units = std::nearbyint(std::ldexp(size, mantissa_bits - exponent));  // exact but for rounding
  // A carry out of the mantissa lands in the exponent, as it must; below 2^mantissa_bits it is subnormal.
  const auto bits =
      static_cast<uint64_t>(units) + (static_cast<uint64_t>(exponent + bias - 1) << mantissa_bits);
  return bits >= infinity ? sign | infinity : sign | static_cast<uint16_t>(bits);
}

}  // namespace

std::optional<DType> DTypeOfName(std::string_view name) {
  for (const DType type : {DType::kF64, DType::kF32, DType::kBf16, DType::kF16, DType::kI32}) {
    if (SafetensorsName(type) == name) return type;
  }
  return std::nullopt;
}

std::string_view SafetensorsName(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kBf16:
      return "BF16";
    case DType::kF16:
      return "F16";
    case DType::kI32:
      return "I32";
  }
  return "";
}

bool IsFloating(DType dtype) {
  return dtype != DType::kI32;
}

float FromBf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

float FromF16(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float mantissa = static_cast<float>(bits & 1023);
  float size = 0;
  if (exponent == 31) {
    size = mantissa == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    size = std::ldexp(mantissa, -24);
  } else {
    size = std::ldexp(1024 + mantissa, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -size : size;
}

uint16_t ToBf16(double value) {
  return Round(value, 8, 7);
}

uint16_t ToF16(double value) {
  return Round(value, 5, 10);
}

void ConvertElements(DType from_type, const std::byte* from, int64_t stride, DType to_type, std::byte* to,
                     int64_t n) {
  const int64_t from_bytes = plan::SizeOf(from_type) * stride, to_bytes = plan::SizeOf(to_type);
  if (from_type == to_type && stride == 1) {
    if (n > 0) std::memcpy(to, from, static_cast<size_t>(n * to_bytes));
    return;
  }
  for (int64_t i = 0; i < n; ++i, from += from_bytes, to += to_bytes) {
    if (from_type == to_type) {
      std::memcpy(to, from, static_cast<size_t>(to_bytes));
    } else {
      StoreElement(to_type, LoadElement(from_type, from), to);
    }
  }
}

}  // namespace ringside::checkpoint
