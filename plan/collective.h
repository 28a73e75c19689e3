// Collectives as data: the rounds of point-to-point exchanges that one member of a group goes through.
// Workers execute the rounds over their transport, the simulator counts and times them, so the bytes
// on the wire are the same by construction and are checked against what the transport counted.
//
// A buffer of n elements over p members has a chunk for each: n/p elements, one more for the first n%p
// chunks.
//  * Reduce-scatter, ring: in p-1 rounds every chunk travels once around and ends, reduced, with its member.
//  Each
//    member sends (p-1)/p n elements; the other chunks of its buffer are left with partial sums.
//  * All-gather, ring: in p-1 rounds every member's chunk travels once around, (p-1)/p n elements again.
//  * All-reduce: the one and then the other, segment by segment (Patarasuk & Yuan 2009): 2 (p-1)/p n
//  elements.
// Ranges longer than kSegmentElems go over in pieces, one after the other: the working set stays in cache and
// no buffer larger than a piece's chunk is needed beside it.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/program.h"

namespace ringside::plan {

inline constexpr int64_t kSegmentElems = 1 << 20;  // 4 MiB of f32

struct Chunk {
  int64_t offset = 0;
  int64_t count = 0;
};
// The chunk of member `index` of `members`, of a buffer of `count` elements.
Chunk ChunkOf(int64_t count, int members, int index);

// In one round a member sends one range and receives another, at the same time. A count of 0 means nothing.
struct Round {
  int send_to = -1;         // global rank
  int64_t send_offset = 0;  // elements from the start of the op's buffer
  int64_t send_count = 0;
  int recv_from = -1;
  int64_t recv_offset = 0;
  int64_t recv_count = 0;
  bool reduce = false;  // the received range is combined with what is there, else it overwrites it
};

// The rounds of communication op `op` for the member `rank`. Send and receive are one round each.
// A group of one has no rounds.
std::vector<Round> RoundsOf(const Op& op, const std::vector<Group>& groups, int rank);

// Elements of scratch that executing `rounds` needs (the longest range that is received to be reduced).
int64_t ScratchElems(const std::vector<Round>& rounds);

int64_t SentElems(const std::vector<Round>& rounds);
int64_t ReceivedElems(const std::vector<Round>& rounds);

}  // namespace ringside::plan
