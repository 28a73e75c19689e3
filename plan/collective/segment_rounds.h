// The collective algorithms, one file each: they append the rounds by which one member of a group brings one
// segment of its buffer through. RoundsOf (plan/collective.h) cuts a buffer into segments and puts the rounds
// of the segments together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "plan/collective.h"

namespace ringside::plan {

// A segment of the buffer, as one member of a group sees it.
struct SegmentRounds {
  const std::vector<int32_t>& ranks;  // of the group, in group order
  int me = 0;                         // index in it
  Chunk segment;                      // of the buffer
  std::vector<Round>* rounds;         // appended to

  int members() const { return static_cast<int>(ranks.size()); }
  // The chunk `index` of `parts` of the segment.
  Chunk Part(int parts, int index) const {
    const Chunk chunk = ChunkOf(segment.count, parts, index);
    return {segment.offset + chunk.offset, chunk.count};
  }
  void Exchange(int send_to, const Chunk& send, int recv_from, const Chunk& recv, bool reduce) {
    rounds->push_back(
        {ranks[send_to], send.offset, send.count, ranks[recv_from], recv.offset, recv.count, reduce});
  }
  void Send(int to, const Chunk& what) {
    rounds->push_back({ranks[to], what.offset, what.count, -1, 0, 0, false});
  }
  void Receive(int from, const Chunk& what, bool reduce) {
    rounds->push_back({-1, 0, 0, ranks[from], what.offset, what.count, reduce});
  }
};

// -- ring (Patarasuk & Yuan 2009): `chunk_of(i)` is where member i's chunk lies in the buffer

template <class ChunkOfMember>
void RingPass(SegmentRounds& at, const ChunkOfMember& chunk_of, int first, bool reduce) {
  const int p = at.members();
  const auto wrap = [p](int index) { return ((index % p) + p) % p; };
  for (int r = first; r < first + p - 1; ++r) {
    at.Exchange(wrap(at.me + 1), chunk_of(wrap(at.me - r)), wrap(at.me - 1), chunk_of(wrap(at.me - r - 1)),
                reduce);
  }
}
template <class ChunkOfMember>
void RingReduceScatter(SegmentRounds& at, const ChunkOfMember& chunk_of) {
  RingPass(at, chunk_of, 1, true);
}
template <class ChunkOfMember>
void RingAllGather(SegmentRounds& at, const ChunkOfMember& chunk_of) {
  RingPass(at, chunk_of, 0, false);
}
void RingAllReduce(SegmentRounds& at);

// -- for powers of two; other groups fold (Thakur, Rabenseifner, Gropp 2005, section 4.5)

// The largest power of two that is not above `members`.
int CoreSize(int members);

// Of the first 2 (p - core) members, every even one hands its vector to the next before `core(position)` runs
// among the `core` members that are left, and gets the result after it. `member_at(position)` names them.
template <class Core>
void Folded(SegmentRounds& at, const Core& core) {
  const int size = CoreSize(at.members()), extra = at.members() - size;
  const auto member_at = [extra](int position) {
    return position < extra ? 2 * position + 1 : position + extra;
  };
  const bool folds = at.me < 2 * extra;
  if (folds && at.me % 2 == 0) {
    at.Send(at.me + 1, at.segment);
    at.Receive(at.me + 1, at.segment, false);
    return;
  }
  if (folds) at.Receive(at.me - 1, at.segment, true);
  core(size, folds ? at.me / 2 : at.me - extra, member_at);
  if (folds) at.Send(at.me - 1, at.segment);
}

void RecursiveDoublingAllReduce(SegmentRounds& at);
void RabenseifnerAllReduce(SegmentRounds& at);

// -- binary tree: up to member 0, down again; segment by segment, so that the levels work at once.
// `segments` are those of the whole buffer.
inline constexpr int64_t kTreeSegmentElems = 1 << 14;
void TreeAllReduce(SegmentRounds& at);  // at.segment: the whole buffer

}  // namespace ringside::plan
