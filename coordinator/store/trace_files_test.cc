#include "coordinator/store/trace_files.h"

#include <filesystem>
#include <fstream>

#include "coordinator/testing/small_disk.h"
#include "coordinator/testing/temp_dir.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;

v1::Trace BigTrace(int spans) {
  v1::Trace trace;
  auto* rank = trace.add_ranks();
  for (int i = 0; i < spans; ++i) {
    auto* span = rank->add_spans();
    span->set_op(i);
    span->set_start_ns(int64_t{i} * 1'000'003);
  }
  return trace;
}

TEST(TraceFiles, AWrittenTraceReadsBackByteForByte) {
  TempDir dir;
  const TraceFiles files(dir.path());
  const v1::Trace trace = BigTrace(200'000);  // several of the writer's buffers
  ASSERT_TRUE(files.Write("j1", trace).ok());
  const auto path = files.Verify("j1");
  ASSERT_TRUE(path.ok()) << path.status();
  v1::Trace read;
  std::ifstream in(*path, std::ios::binary);
  ASSERT_TRUE(read.ParseFromIstream(&in));
  EXPECT_EQ(read.SerializeAsString(), trace.SerializeAsString());
  EXPECT_FALSE(std::filesystem::exists(*path + ".tmp"));
}

TEST(TraceFiles, ASecondWriteReplacesTheFirst) {
  TempDir dir;
  const TraceFiles files(dir.path());
  ASSERT_TRUE(files.Write("j1", BigTrace(1000)).ok());
  ASSERT_TRUE(files.Write("j1", BigTrace(10)).ok());
  EXPECT_TRUE(files.Verify("j1").ok());
}

TEST(TraceFiles, DamageIsDataLossAndAbsenceIsNotFound) {
  TempDir dir;
  const TraceFiles files(dir.path());
  EXPECT_EQ(files.Verify("j1").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(files.Write("j1", BigTrace(1000)).ok());
  const std::string path = *files.Verify("j1");
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "x";
  EXPECT_EQ(files.Verify("j1").status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(files.Write("j1", BigTrace(1000)).ok());
  std::filesystem::resize_file(path, 50);
  EXPECT_EQ(files.Verify("j1").status().code(), absl::StatusCode::kDataLoss);
}

TEST(TraceFiles, AFullDiskIsNamedAndLeavesNoHalfTrace) {
  SmallDisk disk(256);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  const TraceFiles files(disk.path());
  const absl::Status status = files.Write("j1", BigTrace(200'000));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(),
            "trace of job j1 cannot be written to " + disk.path() +
                "/jobs/j1: no space left on device; free space or choose another --data-dir");
  EXPECT_TRUE(std::filesystem::is_empty(disk.path() + "/jobs/j1"));
  EXPECT_TRUE(files.Write("j1", BigTrace(10)).ok());  // the space of the failed one is free again
}

}  // namespace
}  // namespace ringside::coordinator
