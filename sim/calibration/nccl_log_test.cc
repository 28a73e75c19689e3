#include "sim/calibration/nccl_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fmt/format.h"

namespace ringside::sim {
namespace {

using ::testing::HasSubstr;

std::string Ranks(int nodes, int per_node, const std::string& prefix = "") {
  std::string text = prefix + "# Using devices\n";
  for (int rank = 0; rank < nodes * per_node; ++rank)
    text += fmt::format("{}#   Rank {:2} Pid {} on node-{} device {} [0x00] A100-SXM4-40GB\n", prefix, rank,
                        100 + rank, rank / per_node, rank % per_node);
  return text;
}

constexpr char kHead[] =
    "#                                                       out-of-place                       in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   "
    "busbw "
    "#wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  "
    "(GB/s)\n";

// An all-reduce over 8.
constexpr char kRows[] =
    "        4096          1024     float     sum      -1    31.12    0.13    0.23      0    30.87    0.13   "
    " 0.23      0\n"
    "    67108864      16777216     float     sum      -1    566.1  118.54  207.44      0    568.1  118.13  "
    "206.74      0\n";

absl::StatusOr<NcclLog> Parse(const std::string& text, const NcclHints& hints = {}) {
  return ParseNcclLog(text, "a.log", hints);
}

std::string ErrorOf(const std::string& text, const NcclHints& hints = {}) {
  const auto log = Parse(text, hints);
  EXPECT_EQ(log.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(log.status().message());
}

TEST(NcclLogTest, ReadsATableAndTellsAnAllReduceByItsBandwidths) {
  const auto log = Parse("# nThread 1 nGpus 8\n" + Ranks(1, 8) + kHead + kRows +
                         "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 57.1\n#\n");
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->tables.size(), 1);
  const NcclTable& table = log->tables[0];
  EXPECT_EQ(table.operation, gpu::Collective::kAllReduce);
  EXPECT_EQ(table.ranks, 8);
  EXPECT_EQ(table.nodes, 1);
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(table.rows[1].bytes, 67108864);
  EXPECT_DOUBLE_EQ(table.rows[1].seconds, 566.1e-6);
  EXPECT_EQ(table.rows[1].line, 15);
  EXPECT_EQ(log->skipped_lines, 0);
}

TEST(NcclLogTest, PrefixesAndMessagesBetweenTheLinesAreNoObstacle) {
  std::string rows;
  for (const std::string& row : {std::string(kRows).substr(0, std::string(kRows).find('\n') + 1)})
    rows += "[1,0]<stdout>:" + row + "node0:7:7 [0] NCCL INFO Launch mode Parallel\r\n0: " + row;
  const auto log = Parse("+ mpirun -np 8 ./build/all_reduce_perf -b 8\nNCCL version 2.20.5+cuda12.4\n" +
                         Ranks(2, 4, "[1,0]<stdout>:") + kHead + rows);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->tables[0].rows.size(), 2);
  EXPECT_EQ(log->tables[0].nodes, 2);
  EXPECT_EQ(log->tables[0].operation,
            gpu::Collective::kAllReduce);  // of the command: the row is too small to tell
  EXPECT_EQ(log->skipped_lines, 2);
  EXPECT_THAT(log->first_skipped, HasSubstr("a.log:2: NCCL version"));
}

TEST(NcclLogTest, ColumnsThatSomeVersionsLeaveOutAreNotMissed) {
  const std::string head = "#       size         count      type   redop     time   algbw   busbw  error\n";
  // Neither root nor in place; the time out of place not measured; no redop.
  for (const char* row : {"67108864 16777216 float sum 566.1 118.54 207.44 0e+00\n",
                          "67108864 16777216 float sum N/A N/A N/A N/A 566.1 118.54 207.44 N/A\n",
                          "67108864 16777216 float 566.1 118.54 207.44 0e+00 568.1 118.13 206.74 0e+00\n"}) {
    const auto log = Parse(Ranks(1, 8) + head + row);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_DOUBLE_EQ(log->tables[0].rows[0].seconds, 566.1e-6) << row;
  }
}

TEST(NcclLogTest, OperationsAreTold) {
  const std::string scatter = "67108864 16777216 float sum -1 566.1 118.54 103.72 0 566.1 118.54 103.72 0\n";
  const std::string gather = "67108864 16777216 float none -1 566.1 118.54 103.72 0 566.1 118.54 103.72 0\n";
  EXPECT_EQ(Parse(Ranks(1, 8) + kHead + scatter)->tables[0].operation, gpu::Collective::kReduceScatter);
  EXPECT_THAT(ErrorOf(Ranks(1, 8) + kHead + gather), HasSubstr("a.log:13: cannot tell which collective"));
  EXPECT_EQ(Parse(Ranks(1, 8) + kHead + gather, {"alltoall", 0, 0})->tables[0].operation,
            gpu::Collective::kAllToAll);
  EXPECT_EQ(Parse("# Collective test starting: all_gather_perf\n" + Ranks(1, 8) + kHead + gather)
                ->tables[0]
                .operation,
            gpu::Collective::kAllGather);
  EXPECT_THAT(ErrorOf("./broadcast_perf\n" + Ranks(1, 8) + kHead + gather),
              HasSubstr("a.log:1: broadcast is none"));
  EXPECT_THAT(ErrorOf(Ranks(1, 8) + kHead + kRows, {"all_gather", 0, 0}), HasSubstr("is that of all_reduce"));
  EXPECT_THAT(ErrorOf(Ranks(1, 8) + kHead + kRows, {"gossip", 0, 0}), HasSubstr("gossip"));
}

TEST(NcclLogTest, SeveralTablesInOneFileKeepTheirOwnRanks) {
  const std::string one = "# nThread 1\n" + Ranks(1, 8) + kHead + kRows;
  const std::string others = std::string(kHead) + kRows + kHead + kRows;
  EXPECT_THAT(ErrorOf(one + "# nThread 1\n" + Ranks(4, 8) + others), HasSubstr("over 32 ranks"));
  const auto again = Parse(one + "# nThread 1\n" + Ranks(2, 4) + others);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->tables.size(), 3);
  EXPECT_EQ(again->tables[0].nodes, 1);
  EXPECT_EQ(again->tables[1].nodes, 2);
  EXPECT_EQ(again->tables[2].nodes, 2);
}

TEST(NcclLogTest, WhereHostNamesAreCutOffDevicesSayWhatANodeIs) {
  std::string text = "# Using devices\n";
  for (int rank = 0; rank < 8; ++rank)
    text += fmt::format("#  Rank {} Pid 1 on node-{} device {} [0x00] A100\n", rank, rank < 3 ? "00" : "0",
                        rank % 4);
  const auto log = Parse(text + kHead + kRows);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->tables[0].nodes, 2);
}

TEST(NcclLogTest, WhatTheLogDoesNotSayMustBeSaid) {
  EXPECT_THAT(ErrorOf(std::string(kHead) + kRows), HasSubstr("a.log:4: the log does not list its ranks"));
  EXPECT_THAT(ErrorOf(std::string(kHead) + kRows, {"", 8, 0}), HasSubstr("--ranks-per-node"));
  const auto log = Parse(std::string(kHead) + kRows, {"", 8, 4});
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->tables[0].nodes, 2);
  EXPECT_THAT(ErrorOf(Ranks(1, 8) + kHead + kRows, {"", 16, 0}), HasSubstr("8 ranks, not 16"));
}

TEST(NcclLogTest, WhatIsWrongIsNamedByLine) {
  const std::string head = Ranks(1, 8) + kHead;  // 12 lines
  const struct {
    std::string text;
    const char* error;
  } kCases[] = {
      {"", "a.log: no table"},
      {"hello\nworld\n", "a.log: no table"},
      {head + "1048576 262144 float sum\n", "a.log:13: a torn row: 4 columns"},
      {head + "1048576 262144 float sum -1 72.5 14.4\n", "a.log:13: a torn row: 7 columns"},
      {head + "1048576 262144 float sum -1 zero 14.4 25.3 0\n", "a.log:13: no time"},
      {head + "1048576 262144 float sum -1 -3 14.4 25.3 0\n", "a.log:13: no time"},
      {head + "67108864 1 float sum -1 0.566 118.54 207.44 0\n", "a.log:13: algbw is 118.54 GB/s, but"},
      {head + kRows + "# Out of bounds values : 3 FAILED\n",
       "a.log:15: the collectives computed wrong results"},
      {Ranks(1, 8) + Ranks(1, 1) + kHead + kRows, "a.log:11: rank 0 is there twice"},
      {Ranks(1, 1) + kHead + kRows, "one rank alone"},
      {Ranks(1, 8) + "# size count type redop latency busbw\n" + kRows, "a.log:10: a table without a column"},
      {"# Rank x Pid 1 on node device 0\n", "a.log:1: a rank without a number"},
  };
  for (const auto& each : kCases) EXPECT_THAT(ErrorOf(each.text), HasSubstr(each.error));
}

TEST(NcclLogTest, AnyCutOfALogIsReadOrRefused) {
  const std::string text = "./all_reduce_perf\n" + Ranks(1, 2) + kHead + kRows;
  for (size_t length = 0; length <= text.size(); ++length) {
    const auto log = Parse(text.substr(0, length));
    if (log.ok()) {
      EXPECT_GE(log->tables[0].rows.size(), 1);
    }
  }
  std::string noise = text;
  for (size_t i = 0; i < noise.size(); i += 7) noise[i] = static_cast<char>(i * 31);
  (void)Parse(noise);
}

}  // namespace
}  // namespace ringside::sim
