// Elements from one floating-point type to another, as checkpoints and models of other programs hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "plan/program.h"

namespace ringside::checkpoint {

// The names that safetensors uses: "F64", "F32", "BF16", "F16", "I32". Nothing for other types.
std::optional<plan::DType> DTypeOfName(std::string_view name);
std::string_view SafetensorsName(plan::DType dtype);

bool IsFloating(plan::DType dtype);

// to[i] = from[i * stride], n elements, i in [0, n); `stride` counts elements. Copies bit by bit where the
// types are the same, else rounds to nearest even; what is too large becomes infinite. Neither side need be
// aligned. REQUIRES: both floating, or both the same.
void ConvertElements(plan::DType from_type, const std::byte* from, int64_t stride, plan::DType to_type,
                     std::byte* to, int64_t n);

// One value of each 16-bit type, for tests and for the loops above.
float FromBf16(uint16_t bits);
float FromF16(uint16_t bits);
uint16_t ToBf16(double value);
uint16_t ToF16(double value);

}  // namespace ringside::checkpoint
