#include "trace/analyze/gpu_timeline.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trace/analyze/testing.h"

namespace ringside::trace {
namespace {

using testing::TraceText;

TEST(ReadGpuTimeline, KeepsOnlyGpuWork) {
  const GpuTimeline t =
      TraceText()
          .Add(R"({"ph": "X", "cat": "cpu_op", "name": "aten::mm", "ts": 1, "dur": 2})")
          .Add(R"({"ph": "X", "cat": "Trace", "name": "t", "ts": 1, "dur": 2, "args": {"stream": 7}})")
          .Add(R"({"ph": "X", "name": "no category", "ts": 1, "dur": 2, "args": {"stream": 7}})")
          .Add(R"({"ph": "X", "cat": "cuda_sync", "name": "s", "ts": 1, "dur": 2, "args": {"stream": -1}})")
          .Add(R"({"ph": "X", "cat": "kernel", "name": "no duration", "ts": 1, "args": {"stream": 7}})")
          .Kernel("b", "20", "5")
          .Kernel("a", "10", "5", 8, 3)
          .Launch("4", 3)
          .Rank(2, 4)
          .Read();
  ASSERT_EQ(t.ops.size(), 2);
  EXPECT_EQ(t.names.text(t.ops[0].name), "a");
  EXPECT_EQ(t.ops[0].begin_ns, 10000);
  EXPECT_EQ(t.ops[0].end_ns, 15000);
  EXPECT_EQ(t.ops[0].stream, 8);
  EXPECT_EQ(t.ops[0].launch_ns, 4000);
  EXPECT_EQ(t.ops[1].launch_ns, kNotLaunched);
  EXPECT_EQ(t.incomplete_events, 1);
  EXPECT_EQ(t.rank, 2);
  EXPECT_TRUE(t.rank_recorded);
}

TEST(ReadGpuTimeline, DropsTheLastOfSeveralSteps) {
  TraceText text;
  text.Step(1, "0", "100").Step(2, "100", "100");
  text.Launch("10", 1).Launch("110", 2).Kernel("first", "20", "5", 7, 1).Kernel("second", "120", "5", 7, 2);
  text.Kernel("late, of the first", "130", "5", 7, 1);
  text.Kernel("launch not recorded", "30", "5", 7, 99);
  text.Kernel("no correlation", "40", "5").Kernel("no correlation, late", "140", "5");
  const GpuTimeline t = text.Read();
  std::vector<std::string> names;
  for (const GpuOp& op : t.ops) names.push_back(t.names.text(op.name));
  EXPECT_THAT(names, ::testing::ElementsAre("first", "no correlation", "late, of the first"));
  EXPECT_EQ(t.ops_outside_steps, 3);
  EXPECT_TRUE(t.last_step_dropped);
  EXPECT_EQ(text.Read({.keep_last_step = true}).ops.size(), 6);
}

TEST(ReadGpuTimeline, KeepsAllOfASingleStep) {
  const GpuTimeline t = TraceText().Step(1, "0", "9").Step(1, "0", "9").Kernel("a", "50", "5", 7, 9).Read();
  EXPECT_EQ(t.ops.size(), 1);
  EXPECT_FALSE(t.last_step_dropped);
}

TEST(ReadGpuTimeline, RoundsFractionsLikeHta) {
  const GpuTimeline t = TraceText()
                            .Kernel("a", "4458677009853.422", "2636.669", 7, 1)
                            .Kernel("short", "4458677019853.300", "0.400")
                            .Launch("4458677009840.015", 1)
                            .Read();
  ASSERT_EQ(t.ops.size(), 2);
  EXPECT_EQ(t.ops[0].begin_ns, 4458677009854000);
  EXPECT_EQ(t.ops[0].end_ns, 4458677012490000);
  EXPECT_EQ(t.ops[0].launch_ns, 4458677009841000);
  EXPECT_EQ(t.ops[1].end_ns - t.ops[1].begin_ns, -1000);
}

TEST(ReadGpuTimeline, TakesMetadataFromTheHostWhereKernelsHaveNone) {
  const std::string record =
      R"("Collective name": "allreduce", "In msg nelems": 1000, "Out msg nelems": 1000, )"
      R"("Group size": 4, "dtype": "BFloat16", "Process Group Name": "0")";
  const GpuTimeline t =
      TraceText()
          .Kernel("ncclKernel_AllReduce", "10", "5", 8, -1, R"(, "External id": 5)")
          .Kernel("ncclKernel_AllReduce", "20", "5", 8, -1, ", " + record)
          .Kernel("ncclKernel_AllReduce", "30", "5", 8, -1, R"(, "External id": 6)")
          .Add(R"({"ph": "X", "cat": "cpu_op", "name": "record_param_comms", "ts": 1, "dur": 2, )"
               R"("args": {"External id": 5, )" +
               record + "}}")
          .Read();
  ASSERT_EQ(t.ops.size(), 3);
  ASSERT_EQ(t.collectives.size(), 1);
  EXPECT_EQ(t.ops[0].collective, 0);
  EXPECT_EQ(t.ops[1].collective, 0);
  EXPECT_EQ(t.ops[2].collective, -1);
  EXPECT_EQ(t.collectives[0].bytes, 2000);
  EXPECT_EQ(t.collectives[0].group_size, 4);
}

TEST(ReadGpuTimeline, TakesTheRankFromTheNameOrThePlace) {
  const std::string text = TraceText().Text();
  const auto rank = [&](const std::string& path) {
    const auto source = BytesOf(text);
    const auto t = ReadGpuTimeline(source.get(), path, KernelClasses::Default(), 9);
    EXPECT_TRUE(t.ok() && !t->rank_recorded);
    return t->rank;
  };
  EXPECT_EQ(rank("worker3.json"), 3);
  EXPECT_EQ(rank("x.json"), 9);
}

TEST(ReadGpuTimeline, HasLimits) {
  const auto source = BytesOf(TraceText().Kernel("a", "1", "1").Kernel("a", "2", "1").Text());
  const auto t = ReadGpuTimeline(source.get(), "t.json", KernelClasses::Default(), 0, {.max_ops = 1});
  EXPECT_EQ(t.status().code(), absl::StatusCode::kResourceExhausted);
  const auto other = BytesOf(R"({"nodes": []})");
  EXPECT_EQ(ReadGpuTimeline(other.get(), "t.json", KernelClasses::Default(), 0).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringside::trace
