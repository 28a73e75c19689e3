#include "plan/collective/segment_rounds.h"

namespace ringside::plan {

void RingAllReduce(SegmentRounds& at) {
  const auto chunk_of = [&at](int member) { return at.Part(at.members(), member); };
  RingReduceScatter(at, chunk_of);
  RingAllGather(at, chunk_of);
}

}  // namespace ringside::plan
