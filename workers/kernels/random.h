// Counter-based random numbers: a number is a function of (key, counter) alone, so that any rank computes
// any element of a tensor without drawing those before it, and no layout changes a value.
//
// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
// random_test.cc holds the authors' test vectors (Random123, kat_vectors).
#pragma once

#include <array>
#include <cstdint>

namespace ringside::kernels {

// What a number is for; keeps the streams of one seed apart.
enum class RandomStream : uint32_t {
  kWeights = 1,
  kSamples = 2,
  kLanguage = 3,
  kDropout = 4,
  kImages = 5,
  kImageClasses = 6,
  kJitter = 7,
};

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

constexpr PhiloxCounter Philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;  // golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// Four words for element `index` (64 bits) of sub-stream `id` of a stream.
constexpr PhiloxCounter RandomWords(uint64_t seed, RandomStream stream, uint32_t id, uint64_t index) {
  return Philox4x32(
      {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), id, static_cast<uint32_t>(stream)},
      {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

// Element `index` of the endless standard normal sequence of (seed, param_id): Box-Muller in double, the
// elements 2i and 2i + 1 from one draw.
double StandardNormal(uint64_t seed, uint32_t param_id, uint64_t index);

// out [count]: the elements [begin, begin + count) of the slice [outer, mid_count, inner] from mid_begin of
// the global tensor [outer, mid_total, inner], each stddev * StandardNormal(its global row-major index). In R
// narrower than double: the double value, rounded.
template <class R>
void FillNormal(R* out, int64_t param_id, int64_t outer, int64_t mid_total, int64_t mid_begin,
                int64_t mid_count, int64_t inner, int64_t begin, int64_t count, double stddev, uint64_t seed);

}  // namespace ringside::kernels
