// Collectives as data: the rounds of point-to-point exchanges that one member of a group goes through.
// Workers execute the rounds over their transport, the simulator counts and times them, so the bytes
// on the wire are the same by construction and are checked against what the transport counted.
// docs/collectives.md: rounds and bytes of every algorithm, and when which is chosen.
//
// A buffer of n elements over p members has a chunk for each: n/p elements, one more for the first n%p
// chunks.
//  * All-reduce goes by Op::algorithm. Whatever the algorithm, all members end with the same bits (but for
//    what a NaN carries).
//  * Reduce-scatter, ring: every chunk travels once around and ends, reduced, with its member. Each member
//    sends (p-1)/p n elements; the other chunks of its buffer are left with partial sums.
//  * All-gather, ring: every member's chunk travels once around, (p-1)/p n elements again.
//  * All-to-all: in exchange r a member sends to the r-th after it and receives from the r-th before it.
//  * Rotate: everything to the next member.
// What is reduced goes over in segments of at most kSegmentElems: the working set stays in cache and no
// buffer larger than two segments is needed beside it. The rounds of two segments alternate, so that one may
// be on the wire while the other is being reduced. What is only moved goes over in messages of at most
// kMessageElems.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/program.h"

namespace ringside::plan {

inline constexpr int64_t kSegmentElems = 1 << 19;  // 2 MiB of f32
// In a large group a segment is longer, so that a member's chunk of it is no smaller than this.
inline constexpr int64_t kLeastChunkElems = 1 << 12;
inline constexpr int64_t SegmentElems(int members) {
  return members * kLeastChunkElems > kSegmentElems ? members * kLeastChunkElems : kSegmentElems;
}
inline constexpr int64_t kMessageElems = 1 << 20;
// A ring all-reduce from here on is a whole reduce-scatter, then a whole all-gather: what a member has just
// reduced has left its cache when the others fetch it, which from the cache of a far core takes longer than
// from memory (docs/measurements/collectives.md).
inline constexpr int64_t kTwoPassElems = 1 << 22;  // 16 MiB of f32

struct Chunk {
  int64_t offset = 0;
  int64_t count = 0;
};
// The chunk of member `index` of `members`, of a buffer of `count` elements.
Chunk ChunkOf(int64_t count, int members, int index);

// In one round a member sends one range of the op's first operand and receives another, at the same time. A
// count of 0 means nothing.
struct Round {
  int send_to = -1;         // global rank
  int64_t send_offset = 0;  // elements from the start of the first operand
  int64_t send_count = 0;
  int recv_from = -1;
  int64_t recv_offset = 0;  // elements from the start of the operand it goes to
  int64_t recv_count = 0;
  bool reduce = false;         // the received range is combined with what is there, else it overwrites it
  bool to_second = false;      // received into the second operand, not the first; never reduced
  int64_t scratch_offset = 0;  // where in the scratch operand a range to be reduced is received
};

// The algorithm for an op of `elems` elements over `members`: what `wanted` says, or by size where it is AUTO
// or UNSPECIFIED. Kinds other than all-reduce have one way only, which is called kRing.
Algorithm ChooseAlgorithm(OpKind kind, int64_t elems, int64_t elem_bytes, int members,
                          v1::CollectiveAlgorithm wanted);

// The rounds of communication op `op` for the member `rank`. Send and receive are one round each.
// A group of one has no rounds.
std::vector<Round> RoundsOf(const Op& op, const std::vector<Group>& groups, int rank);

// Whether `next` may be begun while `round`, the one before it, is under way: neither touches what the other
// changes. At most two rounds are ever under way at once, and they begin and end in order.
bool MayOverlap(const Round& round, const Round& next);

// Elements of scratch that executing `rounds` needs.
int64_t ScratchElems(const std::vector<Round>& rounds);

int64_t SentElems(const std::vector<Round>& rounds);
int64_t ReceivedElems(const std::vector<Round>& rounds);

}  // namespace ringside::plan
