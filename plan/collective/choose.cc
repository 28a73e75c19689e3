#include "plan/collective.h"

namespace ringside::plan {
namespace {

// Where one algorithm overtakes the other: docs/measurements/collectives.md.
constexpr int64_t kFewRoundsBytes = 64 << 10;  // up to here rounds cost more than bytes
constexpr int64_t kHalvingBytes = 256
                                  << 10;  // of a member's chunk; above it the ring's rounds are long enough

bool IsPowerOfTwo(int n) {
  return (n & (n - 1)) == 0;
}

}  // namespace

Algorithm ChooseAlgorithm(OpKind kind, int64_t elems, int64_t elem_bytes, int members,
                          v1::CollectiveAlgorithm wanted) {
  if (kind != OpKind::kAllReduce) return Algorithm::kRing;
  switch (wanted) {
    case v1::ALGORITHM_RING:
      return Algorithm::kRing;
    case v1::ALGORITHM_RECURSIVE_DOUBLING:
      return Algorithm::kRecursiveDoubling;
    case v1::ALGORITHM_RABENSEIFNER:
      return Algorithm::kRabenseifner;
    case v1::ALGORITHM_TREE:
      return Algorithm::kTree;
    default:
      break;
  }
  const int64_t bytes = elems * elem_bytes;
  if (bytes <= kFewRoundsBytes) return Algorithm::kRecursiveDoubling;
  // For two members it is the ring; others but powers of two would send whole vectors to fold.
  if (members > 2 && IsPowerOfTwo(members) && bytes <= kHalvingBytes * members)
    return Algorithm::kRabenseifner;
  return Algorithm::kRing;
}

}  // namespace ringside::plan
