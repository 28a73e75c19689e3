// Thakur, Rabenseifner, Gropp: Optimization of Collective Communication Operations in MPICH (2005).
#include "plan/collective/segment_rounds.h"

namespace ringside::plan {

int CoreSize(int members) {
  int size = 1;
  while (2 * size <= members) size *= 2;
  return size;
}

// After the exchange over distance d, 2 d neighbours hold the same sum: each has added the same two numbers,
// x + y the one and y + x the other.
void RecursiveDoublingAllReduce(SegmentRounds& at) {
  Folded(at, [&at](int size, int position, const auto& member_at) {
    for (int distance = 1; distance < size; distance *= 2) {
      const int partner = member_at(position ^ distance);
      at.Exchange(partner, at.segment, partner, at.segment, true);
    }
  });
}

}  // namespace ringside::plan
