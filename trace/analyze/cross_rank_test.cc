#include "trace/analyze/cross_rank.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trace/analyze/report.h"
#include "trace/analyze/testing.h"

namespace ringside::trace {
namespace {

using ::testing::ElementsAre;
using testing::TraceText;

// Three ranks and two all-reduces that end at 100 and 300 us; rank 2 begins both last. `base_ns` is where the
// rank's file begins to count, `clock_us` how far its clock is ahead.
GpuTimeline RankTrace(int rank, int64_t base_ns, int clock_us = 0) {
  const int begins[3][2] = {{50, 220}, {60, 240}, {90, 290}};
  TraceText text;
  const auto at = [&](int us) { return std::to_string(us + clock_us - base_ns / 1000 + 1000000); };
  text.Step(1, at(0), "500");
  for (int i = 0; i < 2; ++i) {
    const int begin = begins[rank][i];
    text.Launch(at(begin - 20), i);
    text.Kernel("gemm", at(begin - 10), "10");
    text.Kernel("ncclDevKernel_AllReduce_Sum_f32_RING_LL", at(begin),
                std::to_string((i + 1) * 200 - 100 - begin), 8, i);
  }
  text.Rank(rank, 3).Member(fmt::format("\"baseTimeNanoseconds\": {}", base_ns));
  return text.Read();
}

CrossRank Compare(const std::vector<GpuTimeline>& timelines) {
  const TraceReport report = Report(timelines, 10);
  EXPECT_TRUE(report.cross_rank.has_value());
  return report.cross_rank.value_or(CrossRank());
}

TEST(CompareRanks, TellsWaitingFromTransfer) {
  const CrossRank c = Compare({RankTrace(0, 0), RankTrace(1, 0), RankTrace(2, 0)});
  EXPECT_EQ(c.matched, 2);
  EXPECT_EQ(c.unmatched, 0);
  EXPECT_FALSE(c.clocks_aligned);
  EXPECT_EQ(c.ranks[0].wait_ns, 40000 + 70000);
  EXPECT_EQ(c.ranks[1].wait_ns, 30000 + 50000);
  EXPECT_EQ(c.ranks[2].wait_ns, 0);
  for (const RankDelay& r : c.ranks) EXPECT_EQ(r.transfer_ns, 20000);
  EXPECT_EQ(c.ranks[2].times_last, 2);
  EXPECT_EQ(c.ranks[2].late_ns, 30000 + 50000);
  EXPECT_EQ(c.elapsed_ns, 260000);
  EXPECT_THAT(c.late_starters, ElementsAre(1, 2));
}

TEST(CompareRanks, AddsTheBasesOfFiles) {
  const CrossRank c = Compare({RankTrace(0, 1000000), RankTrace(1, 500000), RankTrace(2, 0)});
  EXPECT_FALSE(c.clocks_aligned);
  EXPECT_EQ(c.ranks[0].wait_ns, 110000);
  EXPECT_EQ(c.elapsed_ns, 260000);
}

TEST(CompareRanks, AlignsClocksThatDisagree) {
  const CrossRank c = Compare({RankTrace(0, 0), RankTrace(1, 0, 5000), RankTrace(2, 0, -100000)});
  EXPECT_TRUE(c.clocks_aligned);
  EXPECT_EQ(c.ranks[1].clock_offset_ns, -5000000);
  EXPECT_EQ(c.ranks[2].clock_offset_ns, 100000000);
  EXPECT_EQ(c.ranks[0].wait_ns, 110000);
  EXPECT_EQ(c.end_spread_ns, 0);
  EXPECT_EQ(c.elapsed_ns, 260000);
}

TEST(CompareRanks, HasFactorsOfTheEfficiency) {
  const CrossRank c = Compare({RankTrace(0, 0), RankTrace(1, 0), RankTrace(2, 0)});
  EXPECT_DOUBLE_EQ(c.efficiency.load_balance, 1);
  EXPECT_DOUBLE_EQ(c.efficiency.communication, 20.0 / 150);  // rank 0 is busy from 40 to 100 and 210 to 300
  EXPECT_DOUBLE_EQ(c.efficiency.orchestration, 150.0 / 260);
}

TEST(CompareRanks, LeavesOutWhatDidNotRunTogether) {
  TraceText a, b;
  a.Kernel("ncclA", "0", "10").Kernel("ncclB", "100", "10").Kernel("ncclC", "20", "5").Rank(0, 2);
  b.Kernel("ncclA", "0", "10").Kernel("ncclB", "200", "10").Rank(1, 2);
  b.Kernel("ncclA", "300", "10");
  const CrossRank c = Compare({a.Read(), b.Read()});
  EXPECT_EQ(c.matched, 1);
  EXPECT_EQ(c.unmatched, 4);
}

TEST(CompareRanks, RefusesTwoTracesOfOneRank) {
  const std::vector<GpuTimeline> timelines = {RankTrace(0, 0), RankTrace(0, 0)};
  const TraceReport report = Report(timelines, 10);
  EXPECT_FALSE(report.cross_rank.has_value());
  EXPECT_THAT(report.warnings, ElementsAre("two of the traces are of one rank: ranks are not compared"));
}

}  // namespace
}  // namespace ringside::trace
