#include "coordinator/core/stall_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "coordinator/core/scheduler.h"
#include "coordinator/core/testing.h"

namespace ringside::coordinator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kMiB = 1 << 20;

v1::CommPosition At(const std::string& axis, std::vector<int32_t> ranks, int step, int seq, bool under_way,
                    const std::string& kind = "all_reduce", int64_t bytes = 4 * kMiB) {
  v1::CommPosition position;
  position.set_axis(axis);
  position.set_stream(axis == "pp" ? "send_forward" : axis);
  position.mutable_ranks()->Add(ranks.begin(), ranks.end());
  position.set_step(step);
  position.set_seq(seq);
  position.set_kind(kind);
  position.set_bytes(bytes);
  position.set_under_way(under_way);
  return position;
}

v1::Heartbeat Beat(const std::vector<v1::CommPosition>& positions) {
  v1::Heartbeat beat;
  for (const auto& position : positions) *beat.add_positions() = position;
  return beat;
}

TEST(StallReport, NamesTheRankThatIsBehind) {
  const std::vector<int32_t> all = {0, 1, 2, 3};
  std::vector<v1::Heartbeat> beats(4, Beat({At("dp", all, 3, 42, true, "all_reduce", 16 * kMiB)}));
  beats[2] = Beat({At("dp", all, 3, 41, false, "all_gather")});
  EXPECT_EQ(DescribeStall(beats),
            "stalled: rank 2 is at seq 41 all_gather 4.0 MiB on dp, the other 3 ranks at seq 42 all_reduce "
            "16.0 MiB "
            "(step 3)");
  beats[2] = Beat({At("dp", all, 1, 60, false, "all_gather")});
  EXPECT_THAT(DescribeStall(beats), HasSubstr("rank 2 is at step 1 seq 60 all_gather 4.0 MiB on dp"));
  beats[2] = v1::Heartbeat();
  EXPECT_THAT(DescribeStall(beats), HasSubstr("rank 2 is before its first op on dp"));
}

TEST(StallReport, NobodyIsBehindNobody) {
  EXPECT_EQ(DescribeStall({}), "");
  EXPECT_EQ(DescribeStall(std::vector<v1::Heartbeat>(3)), "");
  const auto waits = Beat({At("dp", {0, 1}, 3, 42, true)});
  EXPECT_EQ(DescribeStall({waits, waits}), "") << "all are in the same op";
  EXPECT_EQ(DescribeStall({Beat({At("dp", {0, 1}, 3, 42, false)}), Beat({At("dp", {0, 1}, 3, 41, false)})}),
            "")
      << "nobody waits";
}

// Rank 3 stands still; rank 2 waits for it on tp, and ranks 0 and 1 for those two on dp.
TEST(StallReport, AChainOfWaitingLeadsToTheOneWhoWaitsForNobody) {
  const std::vector<v1::Heartbeat> beats = {
      Beat({At("dp", {0, 2}, 5, 9, true), At("tp", {0, 1}, 5, 30, false)}),
      Beat({At("dp", {1, 3}, 5, 9, true), At("tp", {0, 1}, 5, 30, false)}),
      Beat({At("dp", {0, 2}, 5, 8, false), At("tp", {2, 3}, 5, 28, true)}),
      Beat({At("dp", {1, 3}, 5, 8, false), At("tp", {2, 3}, 5, 27, false)}),
  };
  const std::string report = DescribeStall(beats);
  EXPECT_THAT(report, AllOf(HasSubstr("rank 3 is at seq 8"), HasSubstr("rank 3 is at seq 27"),
                            HasSubstr("the other rank at seq 28"), Not(HasSubstr("rank 2 is "))));
}

TEST(StallReport, Messages) {
  const std::vector<v1::Heartbeat> beats = {
      Beat({At("pp", {0, 1}, 2, 3, false, "send", 500)}),
      Beat({At("pp", {0, 1}, 2, 4, true, "recv", 500)}),
  };
  EXPECT_EQ(
      DescribeStall(beats),
      "stalled: rank 0 is at seq 3 send 500 bytes on pp, the other rank at seq 4 recv 500 bytes (step 2)");
}

TEST(StallReport, ManyRanksAreCounted) {
  std::vector<int32_t> all(16);
  for (int i = 0; i < 16; ++i) all[i] = i;
  std::vector<v1::Heartbeat> beats(16, Beat({At("dp", all, 0, 2, true)}));
  for (int rank = 4; rank < 13; ++rank) beats[rank] = Beat({At("dp", all, 0, 1, false)});
  EXPECT_THAT(DescribeStall(beats), AllOf(HasSubstr("rank 7"), Not(HasSubstr("rank 8")),
                                          HasSubstr("5 more behind, the other 7 ranks at seq 2")));
}

// Random runs of collectives over a grid: one rank stops, the others go on until they wait.
TEST(StallReport, InRandomRunsTheStoppedRankIsNamedAndNoOther) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 500; ++trial) {
    const int dp = 2 + static_cast<int>(random() % 3), tp = 1 + static_cast<int>(random() % 3);
    const int world = dp * tp, stopped = static_cast<int>(random() % world);
    struct Op {
      bool on_dp;
    };
    std::vector<Op> ops(2 + random() % 10);
    for (Op& op : ops) op.on_dp = tp == 1 || random() % 2 == 0;
    const size_t stops_before = random() % ops.size();
    std::vector<size_t> at(world, 0);  // ops that have begun
    const auto group = [&](int rank, bool on_dp) {
      std::vector<int32_t> ranks;
      for (int i = 0; i < (on_dp ? dp : tp); ++i) {
        ranks.push_back(on_dp ? i * tp + rank % tp : rank / tp * tp + i);
      }
      return ranks;
    };
    // A rank begins its next op when all of the group have begun the last one.
    for (bool moved = true; moved;) {
      moved = false;
      std::vector<int> order(world);
      for (int i = 0; i < world; ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random);
      for (const int rank : order) {
        if (at[rank] == ops.size() || (rank == stopped && at[rank] == stops_before)) continue;
        bool ended = true;
        if (at[rank] > 0) {
          for (const int peer : group(rank, ops[at[rank] - 1].on_dp)) ended &= at[peer] >= at[rank];
        }
        if (!ended) continue;
        ++at[rank];
        moved = true;
      }
    }
    std::vector<v1::Heartbeat> beats(world);
    bool somebody_waits = false;
    for (int rank = 0; rank < world; ++rank) {
      for (const bool on_dp : {true, false}) {
        int seq = 0;
        bool under_way = false;
        for (size_t i = 0; i < at[rank]; ++i) {
          if (ops[i].on_dp != on_dp) continue;
          ++seq;
          if (i + 1 < at[rank]) continue;
          for (const int peer : group(rank, on_dp)) under_way |= at[peer] < at[rank];
        }
        somebody_waits |= under_way;
        const auto ranks = group(rank, on_dp);
        if (ranks.size() > 1)
          *beats[rank].add_positions() = At(on_dp ? "dp" : "tp", ranks, 0, seq, under_way);
      }
    }
    const std::string report = DescribeStall(beats);
    ASSERT_TRUE(somebody_waits);
    EXPECT_THAT(report, HasSubstr("rank " + std::to_string(stopped) + " is "));
    for (int rank = 0; rank < world; ++rank) {
      if (rank == stopped) continue;
      EXPECT_THAT(report, Not(HasSubstr("rank " + std::to_string(rank) + " is ")));
    }
  }
}

// Through the state machine: the stall's message carries the report.
TEST(StallReport, IsInTheFailureOfAStalledAttempt) {
  JobSpec spec;
  spec.world_size = 2;
  const Limits limits;
  const OpNamer namer = TestOpName;
  Actions out;
  Attempt attempt({"a", 1}, spec, limits, namer, coordinator::At(0), &out);
  for (int rank = 0; rank < 2; ++rank) {
    ASSERT_TRUE(attempt.Hello(rank, 2, coordinator::At(0.1), &out).ok());
    v1::WorkerMessage message = HeartbeatMessage(3, 7, 10);
    *message.mutable_heartbeat()->add_positions() = At("dp", {0, 1}, 3, rank == 0 ? 42 : 41, rank == 0);
    attempt.Heard(rank, message, coordinator::At(1), &out);
  }
  const double silent_s = static_cast<double>(limits.heartbeat_timeout_ns) / kSecond;
  for (double at = 1.5; at < silent_s + 2; at += 1) {
    v1::WorkerMessage message = HeartbeatMessage(3, 7, 10);
    *message.mutable_heartbeat()->add_positions() = At("dp", {0, 1}, 3, 42, true);
    attempt.Heard(0, message, coordinator::At(at), &out);  // rank 1 is silent
    attempt.Tick(coordinator::At(at), &out);
  }
  EXPECT_EQ(attempt.failure().rank(), 1);
  EXPECT_THAT(attempt.failure().message(),
              HasSubstr("stalled: rank 1 is at seq 41 all_reduce 4.0 MiB on dp, the other rank at seq 42"));
}

}  // namespace
}  // namespace ringside::coordinator
