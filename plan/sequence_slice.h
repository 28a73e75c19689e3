// Which positions of a sequence a context-parallel rank has. The sequence is cut into 2 cp pieces; rank r has
// piece r and piece 2 cp - 1 - r, so that under a causal mask every rank has the same work (the zigzag order
// of ring attention).
#pragma once

#include <cstdint>

namespace ringside::plan {

// The position in the sequence of position `t` of the `seq_len` that rank `cp_rank` of `cp` has.
// REQUIRES: seq_len is even where cp > 1.
constexpr int64_t GlobalPosition(int64_t t, int64_t seq_len, int64_t cp, int64_t cp_rank) {
  if (cp == 1) return t;
  const int64_t half = seq_len / 2;
  return t < half ? cp_rank * half + t : (2 * cp - 1 - cp_rank) * half + (t - half);
}

}  // namespace ringside::plan
