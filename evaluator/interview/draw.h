// Choices by the seed of the session. Nothing is kept between them: the same seed, purpose and count give the
// same choice, whatever was drawn before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::evaluator {

uint64_t Draw(uint64_t seed, std::string_view purpose, uint64_t count = 0);

// In [0, 1).
double DrawShare(uint64_t seed, std::string_view purpose, uint64_t count = 0);

// In [0, size). REQUIRES: size > 0.
size_t DrawIndex(uint64_t seed, std::string_view purpose, uint64_t count, size_t size);

}  // namespace ringside::evaluator
