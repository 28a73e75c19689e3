#include "plan/collective.h"

#include <gtest/gtest.h>

#include <deque>

namespace ringside::plan {
namespace {

Op AllReduce(int64_t count) {
  Op op;
  op.kind = OpKind::kAllReduce;
  op.stream = Stream::kDp;
  op.group = 0;
  op.dims = {count};
  return op;
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
    EXPECT_EQ(sent, received);
  }
}

}  // namespace
}  // namespace ringside::plan
