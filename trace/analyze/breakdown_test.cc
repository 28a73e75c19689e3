#include "trace/analyze/breakdown.h"

#include "gtest/gtest.h"
#include "trace/analyze/kernel_table.h"
#include "trace/analyze/report.h"
#include "trace/analyze/testing.h"

namespace ringside::trace {
namespace {

using testing::TraceText;

TEST(BreakDown, SplitsTheTime) {
  // compute 0-40 and 60-70, communication 30-60 on another stream, a copy 80-100.
  const GpuTimeline t = TraceText()
                            .Kernel("gemm", "0", "40")
                            .Kernel("ncclKernel_AllReduce", "30", "30", 8)
                            .Kernel("gemm", "60", "10")
                            .Kernel("Memcpy DtoH", "80", "20", 9)
                            .Read();
  const Breakdown b = BreakDown(t);
  EXPECT_EQ(b.kernel_time_ns, 100000);
  EXPECT_EQ(b.busy_ns, 90000);
  EXPECT_EQ(b.idle_ns, 10000);
  EXPECT_EQ(b.compute_ns, 50000);
  EXPECT_EQ(b.non_compute_ns, 40000);
  EXPECT_EQ(b.communication_ns, 30000);
  EXPECT_EQ(b.overlap_ns, 10000);
  EXPECT_EQ(b.exposed_ns, 20000);
  EXPECT_EQ(b.memory_ns, 20000);
  EXPECT_EQ(b.by_kinds_ns[3], 10000);
  EXPECT_NEAR(b.overlap_percent(), 33.33, 0.01);
}

TEST(BreakDown, OfNothingIsNothing) {
  const Breakdown b = BreakDown(GpuTimeline());
  EXPECT_EQ(b.kernel_time_ns, 0);
  EXPECT_EQ(b.overlap_percent(), 0);
}

TEST(IdleByStream, TellsWhy) {
  TraceText text;
  text.Launch("1", 1).Kernel("a", "10", "10", 7, 1);
  text.Launch("25", 2).Kernel("b", "30", "10", 7, 2);   // launched after a had ended: 10 us
  text.Launch("26", 3).Kernel("c", "45", "10", 7, 3);   // waiting in the queue: 5 us
  text.Launch("27", 4).Kernel("d", "100", "10", 7, 4);  // waiting for something else: 45 us
  text.Kernel("e", "140", "10", 7, 5);                  // launch not recorded, 30 us are not less than 30
  text.Kernel("other stream", "15", "100", 8);
  const std::vector<StreamIdle> idle = IdleByStream(text.Read());
  ASSERT_EQ(idle.size(), 2);
  EXPECT_EQ(idle[0].stream, 7);
  EXPECT_EQ(idle[0].ops, 5);
  EXPECT_EQ(idle[0].host_wait_ns, 10000);
  EXPECT_EQ(idle[0].kernel_wait_ns, 5000);
  EXPECT_EQ(idle[0].other_ns, 75000);
  EXPECT_EQ(idle[1].other_ns, 0);
}

TEST(KernelTable, SumsByName) {
  const GpuTimeline t = TraceText().Kernel("a", "0", "5").Kernel("b", "5", "9").Kernel("a", "20", "7").Read();
  const std::vector<KernelRow> rows = KernelTable(t, 1);
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].name, "a");
  EXPECT_EQ(rows[0].durations.count, 2);
  EXPECT_EQ(rows[0].durations.total_ns, 12000);
  EXPECT_EQ(rows[0].durations.min_ns, 5000);
  EXPECT_EQ(rows[0].durations.max_ns, 7000);
  EXPECT_EQ(KernelTable(t, 0).size(), 2);
}

TEST(CollectiveTable, HasBandwidths) {
  const auto args = [](const char* operation, int in, int out) {
    return fmt::format(
        R"(, "Collective name": "{}", "In msg nelems": {}, "Out msg nelems": {}, "Group size": 4, )"
        R"("dtype": "Float", "Process Group Name": "0")",
        operation, in, out);
  };
  const GpuTimeline t =
      TraceText()
          .Kernel("ncclDevKernel_AllReduce", "0", "100", 8, -1, args("allreduce", 1000, 1000))
          .Kernel("ncclDevKernel_AllReduce", "200", "50", 8, -1, args("allreduce", 1000, 1000))
          .Kernel("ncclDevKernel_AllGather", "300", "40", 8, -1, args("_allgather_base", 250, 1000))
          .Kernel("ncclDevKernel_SendRecv", "400", "10", 8)
          .Read();
  const std::vector<CollectiveRow> rows = CollectiveTable(t, 0);
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0].what.bytes, 4000);
  EXPECT_DOUBLE_EQ(*rows[0].best_algorithm_gb_per_s, 4000.0 / 50000);
  EXPECT_DOUBLE_EQ(*rows[0].best_bus_gb_per_s, 1.5 * 4000.0 / 50000);
  EXPECT_DOUBLE_EQ(*rows[0].mean_bus_gb_per_s, 1.5 * 4000.0 / 75000);
  EXPECT_DOUBLE_EQ(*rows[1].best_bus_gb_per_s, 0.75 * 4000.0 / 40000);  // the whole buffer counts
  EXPECT_EQ(rows[2].what.operation, "SendRecv");
  EXPECT_FALSE(rows[2].best_bus_gb_per_s.has_value());
}

TEST(Report, WarnsOfRanksWithoutCommunication) {
  std::vector<GpuTimeline> timelines;
  timelines.push_back(TraceText().Kernel("my_own_exchange", "0", "5").Rank(0, 8).Read());
  const TraceReport report = Report(timelines, 10);
  ASSERT_EQ(report.warnings.size(), 1);
  EXPECT_NE(report.warnings[0].find("no communication was found"), std::string::npos);
  timelines[0] = TraceText().Kernel("ncclKernel", "0", "5").Rank(0, 8).Read();
  EXPECT_TRUE(Report(timelines, 10).warnings.empty());
  timelines[0] = TraceText().Rank(0, 1).Read();
  EXPECT_NE(Report(timelines, 10).warnings.at(0).find("no GPU work"), std::string::npos);
}

TEST(Report, SaysEveryRepair) {
  std::vector<GpuTimeline> timelines;
  timelines.push_back(TraceText().Kernel("a\tb", "0", "5").Add("1").Rank(0, 1).Read());
  const TraceReport report = Report(timelines, 10);
  ASSERT_EQ(report.warnings.size(), 2);
  EXPECT_EQ(report.warnings[0], "rank 0: 1 control characters in strings: read as blanks");
}

}  // namespace
}  // namespace ringside::trace
