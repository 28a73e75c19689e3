#include "evaluator/interview/draw.h"

#include "base/check.h"

namespace ringside::evaluator {
namespace {

// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t Draw(uint64_t seed, std::string_view purpose, uint64_t count) {
  uint64_t hash = Mix(seed);
  for (const char c : purpose) hash = Mix(hash ^ static_cast<unsigned char>(c));
  return Mix(hash ^ Mix(count));
}

double DrawShare(uint64_t seed, std::string_view purpose, uint64_t count) {
  return static_cast<double>(Draw(seed, purpose, count) >> 11) * 0x1p-53;
}

size_t DrawIndex(uint64_t seed, std::string_view purpose, uint64_t count, size_t size) {
  RINGSIDE_CHECK(size > 0);
  return static_cast<size_t>(Draw(seed, purpose, count) % size);
}

}  // namespace ringside::evaluator
