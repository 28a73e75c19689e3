// Every algorithm, any number of members, any count: the right values, the same on all, without a deadlock.
#include "plan/collective.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "plan/collective/segment_rounds.h"
#include "plan/collective/testing/members.h"

namespace ringside::plan {
namespace {

constexpr Algorithm kAlgorithms[] = {Algorithm::kRing, Algorithm::kRecursiveDoubling,
                                     Algorithm::kRabenseifner, Algorithm::kTree};

template <class T>
std::vector<Buffers<T>> After(const Op& op, int members, bool overlap, std::vector<Buffers<T>> data,
                              bool max = false) {
  Members<T> group(op, members, overlap);
  EXPECT_TRUE(group.Run(&data, max)) << "deadlock: " << Name(op.kind) << " " << Name(op.algorithm) << " of "
                                     << op.dims[0] << " over " << members;
  return data;
}

int64_t Input(int member, int64_t e) {
  return (member + 1) * 1000 + (e * 7) % 97;
}

std::vector<Buffers<int64_t>> Inputs(int members, int64_t count) {
  std::vector<Buffers<int64_t>> data(members);
  for (int i = 0; i < members; ++i) {
    data[i].first.resize(count);
    data[i].second.assign(count, -1);
    for (int64_t e = 0; e < count; ++e) data[i].first[e] = Input(i, e);
  }
  return data;
}

int64_t SumOf(int members, int64_t e) {
  return 500 * members * (members + 1) + members * ((e * 7) % 97);
}

TEST(Collective, AllReduceByEveryAlgorithm) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 600; ++trial) {
    const int members = 1 + static_cast<int>(random() % 17);
    const int64_t count = 1 + static_cast<int64_t>(random() % (trial % 3 == 0 ? 5 : 300));
    const Algorithm algorithm = kAlgorithms[trial % kNumAlgorithms];
    const bool max = random() % 4 == 0, overlap = random() % 2 == 0;
    const auto result = After(Collective(OpKind::kAllReduce, count, algorithm), members, overlap,
                              Inputs(members, count), max);
    for (int i = 0; i < members; ++i) {
      for (int64_t e = 0; e < count; ++e) {
        ASSERT_EQ(result[i].first[e], max ? Input(members - 1, e) : SumOf(members, e))
            << Name(algorithm) << " member " << i << " of " << members << " element " << e << " of " << count;
      }
    }
  }
}

TEST(Collective, AllReduceInSegments) {
  for (const Algorithm algorithm : kAlgorithms) {
    for (const int members : {2, 3, 4}) {
      const int64_t count =
          (algorithm == Algorithm::kTree ? 5 * kTreeSegmentElems : 3 * kSegmentElems) + 12345;
      const auto result =
          After(Collective(OpKind::kAllReduce, count, algorithm), members, true, Inputs(members, count));
      for (const auto& member : result) {
        for (int64_t e = 0; e < count; ++e) ASSERT_EQ(member.first[e], SumOf(members, e)) << Name(algorithm);
      }
    }
  }
}

// The sum of these depends on the order: all members must have gone by the same one.
TEST(Collective, AllMembersEndWithTheSameBits) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  bool order_matters = false;
  for (int members = 2; members <= 17; ++members) {
    constexpr int64_t kCount = 333;
    std::vector<Buffers<float>> data(members);
    for (auto& member : data) {
      for (int64_t e = 0; e < kCount; ++e) {
        member.first.push_back(normal(random) * std::pow(10.0f, normal(random) * 3));
      }
    }
    std::vector<std::vector<float>> sums;
    for (const Algorithm algorithm : kAlgorithms) {
      const auto result = After(Collective(OpKind::kAllReduce, kCount, algorithm), members, true, data);
      for (const auto& member : result) {
        EXPECT_EQ(std::memcmp(member.first.data(), result[0].first.data(), kCount * sizeof(float)), 0)
            << Name(algorithm) << " over " << members;
      }
      sums.push_back(result[0].first);
      order_matters |= sums.back() != sums.front();
    }
  }
  EXPECT_TRUE(order_matters) << "the inputs prove nothing";
}

TEST(Collective, ReduceScatterLeavesEachMemberItsChunkAndAllGatherSpreadsIt) {
  for (int members = 1; members <= 9; ++members) {
    for (int64_t count : {int64_t{1}, int64_t{3}, int64_t{8}, int64_t{1000}, 4 * kMessageElems + 7}) {
      if (count > kSegmentElems && members != 3) continue;  // in pieces: once is enough
      const bool overlap = members % 2 == 1;
      auto result =
          After(Collective(OpKind::kReduceScatter, count), members, overlap, Inputs(members, count));
      for (int i = 0; i < members; ++i) {
        const Chunk mine = ChunkOf(count, members, i);
        for (int64_t e = 0; e < count; ++e) {
          const bool own = e >= mine.offset && e < mine.offset + mine.count;
          if (own) {
            ASSERT_EQ(result[i].first[e], SumOf(members, e)) << members << " " << count;
          } else {
            result[i].first[e] = -1;  // what is left there must not matter
          }
        }
      }
      result = After(Collective(OpKind::kAllGather, count), members, overlap, std::move(result));
      for (const auto& member : result) {
        for (int64_t e = 0; e < count; ++e) ASSERT_EQ(member.first[e], SumOf(members, e)) << members;
      }
    }
  }
}

TEST(Collective, AllToAllSendsEveryMemberItsChunk) {
  for (int members = 1; members <= 9; ++members) {
    for (int64_t chunk : {int64_t{1}, int64_t{5}, kMessageElems + 3}) {
      if (chunk > kMessageElems && members != 3) continue;
      const int64_t count = chunk * members;
      const auto result = After(Collective(OpKind::kAllToAll, count), members, true, Inputs(members, count));
      for (int i = 0; i < members; ++i) {
        for (int64_t e = 0; e < count; ++e) {
          const int from = static_cast<int>(e / chunk);
          const int64_t expected = from == i ? -1 : Input(from, i * chunk + e % chunk);
          ASSERT_EQ(result[i].second[e], expected) << i << " of " << members;
          ASSERT_EQ(result[i].first[e], Input(i, e)) << "what is sent must not change";
        }
      }
    }
  }
}

TEST(Collective, RotateGivesToTheNextMember) {
  for (int members = 1; members <= 5; ++members) {
    for (int64_t count : {int64_t{1}, int64_t{100}, 2 * kMessageElems + 1}) {
      if (count > kMessageElems && members != 2) continue;
      const auto result = After(Collective(OpKind::kRotate, count), members, true, Inputs(members, count));
      for (int i = 0; i < members; ++i) {
        const int from = (i + members - 1) % members;
        for (int64_t e = 0; e < count; ++e) {
          ASSERT_EQ(result[i].second[e], members == 1 ? -1 : Input(from, e));
          ASSERT_EQ(result[i].first[e], Input(i, e));
        }
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

TEST(Collective, ScratchIsAFewSegmentsHoweverLongTheBuffer) {
  for (const Algorithm algorithm : kAlgorithms) {
    for (int members = 2; members <= 8; ++members) {
      const auto scratch = [&](int64_t count) {
        return ScratchElems(
            RoundsOf(Collective(OpKind::kAllReduce, count, algorithm), OneGroup(members), 10));
      };
      EXPECT_LE(scratch(10 * kSegmentElems), 2 * kSegmentElems);
      if (algorithm == Algorithm::kRing) {
        EXPECT_LE(scratch(10 * kSegmentElems), 2 * (kSegmentElems / members + 1));
      }
    }
  }
  // A member of two that doubles once has nothing to alternate with.
  EXPECT_EQ(ScratchElems(RoundsOf(Collective(OpKind::kAllReduce, 100, Algorithm::kRecursiveDoubling),
                                  OneGroup(4), 10)),
            100);
}

TEST(Collective, RoundsThatTouchTheSameDoNotOverlap) {
  const Round sends_what_was_received{1, 0, 10, 2, 10, 10, false};
  EXPECT_FALSE(MayOverlap({1, 20, 10, 2, 0, 10, true}, sends_what_was_received));
  EXPECT_FALSE(MayOverlap({1, 10, 10, 2, 40, 10, true}, sends_what_was_received)) << "still being sent";
  EXPECT_FALSE(MayOverlap({1, 30, 10, 2, 19, 10, true}, sends_what_was_received)) << "both receive it";
  EXPECT_TRUE(MayOverlap({1, 30, 10, 2, 20, 10, true}, sends_what_was_received));
  EXPECT_TRUE(MayOverlap({1, 0, 10, 2, 0, 10, false, true}, {1, 10, 10, 2, 10, 10, false, true}));
}

TEST(Collective, TheAlgorithmIsChosenBySizeUnlessItIsGiven) {
  const auto choose = [](int64_t bytes, int members, v1::CollectiveAlgorithm wanted = v1::ALGORITHM_AUTO) {
    return ChooseAlgorithm(OpKind::kAllReduce, bytes / 4, 4, members, wanted);
  };
  EXPECT_EQ(choose(1024, 2), Algorithm::kRecursiveDoubling);
  EXPECT_EQ(choose(64 << 10, 5), Algorithm::kRecursiveDoubling);
  EXPECT_EQ(choose(1 << 20, 2), Algorithm::kRing);
  EXPECT_EQ(choose(1 << 20, 4), Algorithm::kRabenseifner);
  EXPECT_EQ(choose(1 << 20, 6), Algorithm::kRing) << "no power of two";
  EXPECT_EQ(choose(64 << 20, 4), Algorithm::kRing);
  EXPECT_EQ(choose(1 << 20, 4, v1::ALGORITHM_UNSPECIFIED), Algorithm::kRabenseifner);
  EXPECT_EQ(choose(1024, 2, v1::ALGORITHM_TREE), Algorithm::kTree);
  EXPECT_EQ(choose(1024, 2, v1::ALGORITHM_RING), Algorithm::kRing);
  EXPECT_EQ(choose(64 << 20, 2, v1::ALGORITHM_RABENSEIFNER), Algorithm::kRabenseifner);
  EXPECT_EQ(choose(64 << 20, 2, v1::ALGORITHM_RECURSIVE_DOUBLING), Algorithm::kRecursiveDoubling);
  EXPECT_EQ(ChooseAlgorithm(OpKind::kReduceScatter, 8, 4, 2, v1::ALGORITHM_TREE), Algorithm::kRing);
}

}  // namespace
}  // namespace ringside::plan
