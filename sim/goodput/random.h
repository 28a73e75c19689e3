// A small seeded generator (splitmix64: S. Vigna's public-domain mixing function over a counter), the same on
// every machine and compiler, unlike the distributions of the standard library.
#pragma once

#include <cmath>
#include <cstdint>

namespace ringside::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In (0, 1): neither end, so that its logarithm is finite.
  double Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }
  double Exponential() { return -std::log(Uniform()); }  // mean 1
  double Normal() {                                      // Box and Muller 1958
    const double radius = std::sqrt(2 * Exponential());
    return radius * std::cos(6.283185307179586 * Uniform());
  }

 private:
  uint64_t state_;
};

}  // namespace ringside::sim
