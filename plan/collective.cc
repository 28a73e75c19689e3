#include "plan/collective.h"

#include <algorithm>

#include "base/check.h"
#include "plan/collective/segment_rounds.h"

namespace ringside::plan {
namespace {

// Appends the rounds of pieces in pairs: a round of the one, a round of the other.
class Alternating {
 public:
  explicit Alternating(std::vector<Round>* rounds) : rounds_(rounds) {}
  ~Alternating() { Flush(); }
  // The rounds of the next piece are appended to what this returns.
  std::vector<Round>* Next() {
    if (pieces_ == 2) Flush();
    return &piece_[pieces_++];
  }

 private:
  void Flush() {
    for (size_t r = 0; r < std::max(piece_[0].size(), piece_[1].size()); ++r) {
      for (std::vector<Round>& piece : piece_) {
        if (r < piece.size()) rounds_->push_back(piece[r]);
      }
    }
    for (std::vector<Round>& piece : piece_) piece.clear();
    pieces_ = 0;
  }

  std::vector<Round>* const rounds_;
  std::vector<Round> piece_[2];
  int pieces_ = 0;
};

using Member = SegmentRounds;  // with the whole buffer as its segment

// Here the chunks themselves go in pieces of at most `longest`: each member's must end up in one place.
// `pass(at, piece_of)`.
template <class Pass>
void PieceByPiece(const Member& whole, int64_t longest, const Pass& pass) {
  const int64_t count = whole.segment.count;
  Alternating pieces(whole.rounds);
  for (int64_t begin = 0; begin < ChunkOf(count, whole.members(), 0).count; begin += longest) {
    Member at{whole.ranks, whole.me, whole.segment, pieces.Next()};
    pass(at, [&](int member) {
      const Chunk chunk = at.Part(at.members(), member);
      return Chunk{chunk.offset + std::min(begin, chunk.count),
                   std::clamp<int64_t>(chunk.count - begin, 0, longest)};
    });
  }
}

void ReduceScatter(const Member& whole) {
  PieceByPiece(whole, std::max<int64_t>(1, SegmentElems(whole.members()) / whole.members()),
               [](Member& at, const auto& piece_of) { RingReduceScatter(at, piece_of); });
}

void AllGather(const Member& whole) {
  PieceByPiece(whole, kMessageElems, [](Member& at, const auto& piece_of) { RingAllGather(at, piece_of); });
}

void AllReduce(Algorithm algorithm, const Member& whole) {
  if (algorithm == Algorithm::kTree) {
    Member at = whole;
    TreeAllReduce(at);
    return;
  }
  if (algorithm == Algorithm::kRing && whole.segment.count >= kTwoPassElems) {
    ReduceScatter(whole);
    AllGather(whole);
    return;
  }
  Alternating pieces(whole.rounds);
  const int64_t count = whole.segment.count;
  const int64_t segment = SegmentElems(whole.members());
  for (int64_t begin = 0; begin < count; begin += segment) {
    Member at{whole.ranks, whole.me, {begin, std::min(segment, count - begin)}, pieces.Next()};
    switch (algorithm) {
      case Algorithm::kRing:
        RingAllReduce(at);
        break;
      case Algorithm::kRecursiveDoubling:
        RecursiveDoublingAllReduce(at);
        break;
      case Algorithm::kRabenseifner:
        RabenseifnerAllReduce(at);
        break;
      case Algorithm::kTree:
        RINGSIDE_CHECK(false);
    }
  }
}

// `send` goes to member `to` while `recv` comes from member `from` into the second operand; equally long.
void ExchangeOutOfPlace(const Member& at, int to, const Chunk& send, int from, const Chunk& recv) {
  for (int64_t begin = 0; begin < send.count; begin += kMessageElems) {
    const int64_t count = std::min(kMessageElems, send.count - begin);
    at.rounds->push_back({at.ranks[to], send.offset + begin, count, at.ranks[from], recv.offset + begin,
                          count, false, /*to_second=*/true});
  }
}

void AllToAll(const Member& whole) {
  const int p = whole.members();
  RINGSIDE_CHECK(whole.segment.count % p == 0);
  for (int r = 1; r < p; ++r) {
    const int to = (whole.me + r) % p, from = (whole.me + p - r) % p;
    ExchangeOutOfPlace(whole, to, whole.Part(p, to), from, whole.Part(p, from));
  }
}

void Rotate(const Member& whole) {
  const int p = whole.members();
  ExchangeOutOfPlace(whole, (whole.me + 1) % p, whole.segment, (whole.me + p - 1) % p, whole.segment);
}

// Two rounds that may be under way at once get places of their own; others share one.
void PlaceScratch(std::vector<Round>* rounds) {
  int64_t longest = 0;
  for (const Round& round : *rounds) {
    if (round.reduce) longest = std::max(longest, round.recv_count);
  }
  for (size_t r = 1; r < rounds->size(); ++r) {
    const Round& before = (*rounds)[r - 1];
    Round& round = (*rounds)[r];
    if (!before.reduce || !round.reduce || !MayOverlap(before, round)) continue;
    round.scratch_offset = longest - before.scratch_offset;
  }
}

bool Touch(int64_t a_offset, int64_t a_count, int64_t b_offset, int64_t b_count) {
  return a_count > 0 && b_count > 0 && a_offset < b_offset + b_count && b_offset < a_offset + a_count;
}

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
  const Member whole{group.ranks, me, {0, count}, &rounds};
  switch (op.kind) {
    case OpKind::kAllReduce:
      AllReduce(op.algorithm, whole);
      break;
    case OpKind::kReduceScatter:
      ReduceScatter(whole);
      break;
    case OpKind::kAllGather:
      AllGather(whole);
      break;
    case OpKind::kAllToAll:
      AllToAll(whole);
      break;
    case OpKind::kRotate:
      Rotate(whole);
      break;
    default:
      RINGSIDE_CHECK(false);
  }
  PlaceScratch(&rounds);
  return rounds;
}

bool MayOverlap(const Round& round, const Round& next) {
  const auto changes_what_is_sent = [](const Round& a, const Round& b) {  // a's receive, b's send
    return !a.to_second && Touch(a.recv_offset, a.recv_count, b.send_offset, b.send_count);
  };
  if (changes_what_is_sent(round, next) || changes_what_is_sent(next, round)) return false;
  return round.to_second != next.to_second ||
         !Touch(round.recv_offset, round.recv_count, next.recv_offset, next.recv_count);
}

int64_t ScratchElems(const std::vector<Round>& rounds) {
  int64_t elems = 0;
  for (const Round& round : rounds) {
    if (round.reduce) elems = std::max(elems, round.scratch_offset + round.recv_count);
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
