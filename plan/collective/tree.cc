#include "plan/collective/segment_rounds.h"

namespace ringside::plan {

// Member i has the children 2 i + 1 and 2 i + 2. The second child's subtree is never the deeper one, so it is
// ready first on the way up and served last on the way down.
void TreeAllReduce(SegmentRounds& at) {
  const int first = 2 * at.me + 1, second = 2 * at.me + 2, parent = (at.me - 1) / 2;
  const bool has_first = first < at.members(), has_second = second<at.members(), has_parent = at.me> 0;
  const int64_t end = at.segment.offset + at.segment.count;
  const auto segments = [&](const auto& pass) {
    for (int64_t begin = at.segment.offset; begin < end; begin += kTreeSegmentElems) {
      pass(Chunk{begin, std::min(kTreeSegmentElems, end - begin)});
    }
  };
  segments([&](const Chunk& segment) {
    if (has_second) at.Receive(second, segment, true);
    if (has_first) at.Receive(first, segment, true);
    if (has_parent) at.Send(parent, segment);
  });
  segments([&](const Chunk& segment) {
    if (has_parent) at.Receive(parent, segment, false);
    if (has_first) at.Send(first, segment);
    if (has_second) at.Send(second, segment);
  });
}

}  // namespace ringside::plan
