#include "plan/collective.h"

#include <algorithm>

#include "base/check.h"

namespace ringside::plan {
namespace {

struct Chunk {
  int64_t offset;
  int64_t count;
};

// Chunk `index` of `count` elements cut over `parts`; the first count % parts chunks hold one more.
Chunk ChunkOf(int64_t count, int parts, int index) {
  const int64_t base = count / parts;
  const int64_t extra = count % parts;
  return {index * base + std::min<int64_t>(index, extra), base + (index < extra ? 1 : 0)};
}

void AppendRing(const Group& group, int me, int64_t begin, int64_t count, std::vector<Round>* rounds) {
  const int p = static_cast<int>(group.ranks.size());
  const int next = group.ranks[(me + 1) % p];
  const int previous = group.ranks[(me + p - 1) % p];
  auto append = [&](int send_chunk, int recv_chunk, bool reduce) {
    const Chunk send = ChunkOf(count, p, (send_chunk % p + p) % p);
    const Chunk recv = ChunkOf(count, p, (recv_chunk % p + p) % p);
    rounds->push_back(
        {next, begin + send.offset, send.count, previous, begin + recv.offset, recv.count, reduce});
  };
  for (int r = 0; r < p - 1; ++r) append(me - r, me - r - 1, true);
  for (int r = 0; r < p - 1; ++r) append(me + 1 - r, me - r, false);
}

}  // namespace

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
  for (int64_t begin = 0; begin < count; begin += kSegmentElems) {
    AppendRing(group, me, begin, std::min(kSegmentElems, count - begin), &rounds);
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
