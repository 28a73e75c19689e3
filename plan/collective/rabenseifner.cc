// Rabenseifner's all-reduce, in Thakur, Rabenseifner, Gropp (2005): reduce-scatter by recursive halving, then
// all-gather by recursive doubling. The bytes of the ring in a logarithm of rounds.
#include "plan/collective/segment_rounds.h"

namespace ringside::plan {
namespace {

// Parts [begin, begin + count) of `size`, as one range.
Chunk Range(const SegmentRounds& at, int size, int begin, int count) {
  const Chunk first = at.Part(size, begin), last = at.Part(size, begin + count - 1);
  return {first.offset, last.offset + last.count - first.offset};
}

}  // namespace

void RabenseifnerAllReduce(SegmentRounds& at) {
  Folded(at, [&at](int size, int position, const auto& member_at) {
    const auto exchange = [&](int distance, bool halving) {
      // `distance` parts are mine and as many the partner's; together they are an aligned range.
      const int mine = position & ~(distance - 1), theirs = mine ^ distance;
      const int partner = member_at(position ^ distance);
      const Chunk my_half = Range(at, size, mine, distance), their_half = Range(at, size, theirs, distance);
      if (halving) {
        at.Exchange(partner, their_half, partner, my_half, true);
      } else {
        at.Exchange(partner, my_half, partner, their_half, false);
      }
    };
    for (int distance = size / 2; distance >= 1; distance /= 2) exchange(distance, true);
    for (int distance = 1; distance < size; distance *= 2) exchange(distance, false);
  });
}

}  // namespace ringside::plan
