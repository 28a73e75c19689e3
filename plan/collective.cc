#include "plan/collective.h"

#include <algorithm>

#include "base/check.h"

namespace ringside::plan {
namespace {

// One member's way around the ring.
class Ring {
 public:
  Ring(const Group& group, int me, std::vector<Round>* rounds)
      : members_(static_cast<int>(group.ranks.size())),
        me_(me),
        next_(group.ranks[(me + 1) % members_]),
        previous_(group.ranks[(me + members_ - 1) % members_]),
        rounds_(rounds) {}

  // `chunk_of(i)`: where member i's chunk lies in the buffer.
  template <class ChunkOfMember>
  void ReduceScatter(const ChunkOfMember& chunk_of) {
    for (int r = 1; r < members_; ++r) Append(chunk_of(At(me_ - r)), chunk_of(At(me_ - r - 1)), true);
  }
  template <class ChunkOfMember>
  void AllGather(const ChunkOfMember& chunk_of) {
    for (int r = 0; r < members_ - 1; ++r) Append(chunk_of(At(me_ - r)), chunk_of(At(me_ - r - 1)), false);
  }

 private:
  int At(int index) const { return (index + 2 * members_) % members_; }
  void Append(const Chunk& send, const Chunk& recv, bool reduce) {
    rounds_->push_back({next_, send.offset, send.count, previous_, recv.offset, recv.count, reduce});
  }

  const int members_, me_, next_, previous_;
  std::vector<Round>* rounds_;
};

}  // namespace

Chunk ChunkOf(int64_t count, int members, int index) {
  const int64_t base = count / members;
  const int64_t extra = count % members;
  return {index * base + std::min<int64_t>(index, extra), base + (index < extra ? 1 : 0)};
}

std::vector<Round> RoundsOf(const Op& op, const std::vector<Group>& groups, int rank) {
  RINGSIDE_CHECK(IsCommunication(op.kind));
  const int64_t count = op.dims[0];
  std::vector<Round> rounds;
  if (op.kind == OpKind::kSend) {
    rounds.push_back({op.peer, 0, count, -1, 0, 0, false});
    return rounds;
  }
  if (op.kind == OpKind::kRecv) {
    rounds.push_back({-1, 0, 0, op.peer, 0, count, false});
    return rounds;
  }
  RINGSIDE_CHECK(op.group >= 0 && op.group < static_cast<int>(groups.size()));
  const Group& group = groups[op.group];
  const int me = IndexInGroup(group, rank);
  RINGSIDE_CHECK(me >= 0);
  if (group.ranks.size() < 2) return rounds;
  const int members = static_cast<int>(group.ranks.size());
  Ring ring(group, me, &rounds);
  if (op.kind == OpKind::kAllReduce) {
    for (int64_t begin = 0; begin < count; begin += kSegmentElems) {
      const auto chunk_of = [&](int index) {
        const Chunk chunk = ChunkOf(std::min(kSegmentElems, count - begin), members, index);
        return Chunk{begin + chunk.offset, chunk.count};
      };
      ring.ReduceScatter(chunk_of);
      ring.AllGather(chunk_of);
    }
    return rounds;
  }
  // Here the chunks themselves go in pieces: each member's must end up in one place.
  const int64_t piece = std::max<int64_t>(1, kSegmentElems / members);
  for (int64_t begin = 0; begin < ChunkOf(count, members, 0).count; begin += piece) {
    const auto piece_of = [&](int index) {
      const Chunk chunk = ChunkOf(count, members, index);
      return Chunk{chunk.offset + std::min(begin, chunk.count),
                   std::clamp<int64_t>(chunk.count - begin, 0, piece)};
    };
    op.kind == OpKind::kReduceScatter ? ring.ReduceScatter(piece_of) : ring.AllGather(piece_of);
  }
  return rounds;
}

int64_t ScratchElems(const std::vector<Round>& rounds) {
  int64_t elems = 0;
  for (const Round& round : rounds) {
    if (round.reduce) elems = std::max(elems, round.recv_count);
  }
  return elems;
}

int64_t SentElems(const std::vector<Round>& rounds) {
  int64_t elems = 0;
  for (const Round& round : rounds) elems += round.send_count;
  return elems;
}

int64_t ReceivedElems(const std::vector<Round>& rounds) {
  int64_t elems = 0;
  for (const Round& round : rounds) elems += round.recv_count;
  return elems;
}

}  // namespace ringside::plan
