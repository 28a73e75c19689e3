#include "plan/collective.h"

#include <gtest/gtest.h>

#include <deque>

namespace ringside::plan {
namespace {

Op Collective(OpKind kind, int64_t count) {
  Op op;
  op.kind = kind;
  op.stream = Stream::kDp;
  op.group = 0;
  op.dims = {count};
  return op;
}
Op AllReduce(int64_t count) {
  return Collective(OpKind::kAllReduce, count);
}

// Runs the rounds of all members in lockstep on integers.
std::vector<std::vector<int64_t>> RunRounds(const Op& op, const std::vector<Group>& groups,
                                            std::vector<std::vector<int64_t>> data) {
  const auto& ranks = groups[0].ranks;
  std::vector<std::vector<Round>> rounds;
  for (int rank : ranks) rounds.push_back(RoundsOf(op, groups, rank));
  for (size_t r = 0; r < rounds[0].size(); ++r) {
    const auto before = data;
    for (size_t i = 0; i < ranks.size(); ++i) {
      const Round& mine = rounds[i][r];
      const int from = IndexInGroup(groups[0], mine.recv_from);
      const Round& theirs = rounds[from][r];
      EXPECT_EQ(theirs.send_to, ranks[i]);
      EXPECT_EQ(theirs.send_count, mine.recv_count);
      EXPECT_EQ(theirs.send_offset, mine.recv_offset);
      for (int64_t e = 0; e < mine.recv_count; ++e) {
        const int64_t got = before[from][theirs.send_offset + e];
        int64_t& into = data[i][mine.recv_offset + e];
        into = mine.reduce ? into + got : got;
      }
    }
  }
  return data;
}

TEST(Collective, RingSumsEveryElementOnEveryMember) {
  for (int members = 1; members <= 9; ++members) {
    for (int64_t count : {1, 2, 3, 7, 8, 9, 64, 1000}) {
      std::vector<Group> groups = {{"dp", {}}};
      for (int i = 0; i < members; ++i) groups[0].ranks.push_back(10 + 3 * i);
      std::vector<std::vector<int64_t>> data(members, std::vector<int64_t>(count));
      for (int i = 0; i < members; ++i) {
        for (int64_t e = 0; e < count; ++e) data[i][e] = (i + 1) * 1000 + e;
      }
      const auto result = RunRounds(AllReduce(count), groups, data);
      for (int i = 0; i < members; ++i) {
        for (int64_t e = 0; e < count; ++e) {
          EXPECT_EQ(result[i][e], 1000 * members * (members + 1) / 2 + members * e)
              << members << " " << count;
        }
      }
    }
  }
}

TEST(Collective, ReduceScatterLeavesEachMemberItsChunkAndAllGatherSpreadsIt) {
  for (int members = 1; members <= 9; ++members) {
    for (int64_t count : {int64_t{1}, int64_t{3}, int64_t{8}, int64_t{1000}, 2 * kSegmentElems + 7}) {
      if (count > kSegmentElems && members != 3) continue;  // in pieces: once is enough
      std::vector<Group> groups = {{"dp", {}}};
      for (int i = 0; i < members; ++i) groups[0].ranks.push_back(i);
      std::vector<std::vector<int64_t>> data(members, std::vector<int64_t>(count));
      for (int i = 0; i < members; ++i) {
        for (int64_t e = 0; e < count; ++e) data[i][e] = (i + 1) * 1000 + e % 97;
      }
      const auto expected = [&](int64_t e) { return 500 * members * (members + 1) + members * (e % 97); };
      auto result = RunRounds(Collective(OpKind::kReduceScatter, count), groups, std::move(data));
      for (int i = 0; i < members; ++i) {
        const Chunk mine = ChunkOf(count, members, i);
        for (int64_t e = 0; e < count; ++e) {
          const bool own = e >= mine.offset && e < mine.offset + mine.count;
          if (own) {
            ASSERT_EQ(result[i][e], expected(e)) << members << " " << count;
          } else {
            result[i][e] = -1;  // what is left there must not matter
          }
        }
      }
      result = RunRounds(Collective(OpKind::kAllGather, count), groups, std::move(result));
      for (const auto& member : result) {
        for (int64_t e = 0; e < count; ++e) ASSERT_EQ(member[e], expected(e)) << members << " " << count;
      }
    }
  }
}

TEST(Collective, ChunksCoverTheBufferInOrder) {
  for (int members : {1, 2, 3, 7}) {
    for (int64_t count : {0, 1, 6, 7, 100}) {
      int64_t at = 0;
      for (int i = 0; i < members; ++i) {
        const Chunk chunk = ChunkOf(count, members, i);
        EXPECT_EQ(chunk.offset, at);
        EXPECT_LE(ChunkOf(count, members, 0).count - chunk.count, 1);
        at += chunk.count;
      }
      EXPECT_EQ(at, count);
    }
  }
}

TEST(Collective, SentElementsFollowTheFormula) {
  for (int members = 2; members <= 8; ++members) {
    std::vector<Group> groups = {{"dp", {}}};
    for (int i = 0; i < members; ++i) groups[0].ranks.push_back(i);
    const int64_t count = 2 * kSegmentElems + 12345;
    int64_t sent = 0, received = 0;
    for (int i = 0; i < members; ++i) {
      const auto rounds = RoundsOf(AllReduce(count), groups, i);
      sent += SentElems(rounds), received += ReceivedElems(rounds);
      // Every member sends within one element a round of the textbook's 2 (p - 1) / p n.
      const double textbook = 2.0 * (members - 1) / members * count;
      EXPECT_NEAR(SentElems(rounds), textbook, static_cast<double>(rounds.size()));
      EXPECT_LE(ScratchElems(rounds), kSegmentElems / members + 1);
    }
    EXPECT_EQ(sent, 2 * (members - 1) * count);  // exact over the group
    for (const OpKind kind : {OpKind::kReduceScatter, OpKind::kAllGather}) {
      int64_t half = 0;
      for (int i = 0; i < members; ++i) half += SentElems(RoundsOf(Collective(kind, count), groups, i));
      EXPECT_EQ(half, (members - 1) * count);
    }
    EXPECT_EQ(sent, received);
  }
}

}  // namespace
}  // namespace ringside::plan
