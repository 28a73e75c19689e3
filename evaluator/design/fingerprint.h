// A short, stable name for some bytes: FNV-1a, 64 bits. For telling things apart, not for security.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fmt/format.h"

namespace ringside::evaluator {

inline constexpr uint64_t kFingerprintSeed = 0xcbf29ce484222325;

// Of what `seed` stands for, followed by `bytes`.
inline uint64_t Fingerprint(std::string_view bytes, uint64_t seed = kFingerprintSeed) {
  for (const char c : bytes) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return seed;
}

inline std::string FingerprintText(std::string_view bytes) {  // 16 hexadecimal digits
  return fmt::format("{:016x}", Fingerprint(bytes));
}

}  // namespace ringside::evaluator
