// The processes that the tests of several ranks on one GPU run in, here on the CPU.
#include "workers/cuda/testing/forked_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "workers/kernel_set.h"
#include "workers/testing/programs.h"

namespace ringside::workers::cuda {
namespace {

using ::testing::HasSubstr;

TEST(ForkedRanksTest, RunProgramsToTheEnd) {
  const auto programs = RingPrograms(3, 2, plan::DType::kF64);
  const auto trace = RunPrograms(programs, v1::KERNELS_REFERENCE, 60);
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(trace->ranks_size(), 3);
  for (int rank = 0; rank < 3; ++rank) {
    for (double value : trace->ranks(rank).params(0).weights()) ASSERT_EQ(value, 6);
    for (double value : trace->ranks(rank).params(1).weights()) ASSERT_EQ(value, (rank + 2) % 3);
  }
}

TEST(ForkedRanksTest, TellWhichRankFailed) {
  const auto results = RunForked(2, 60, [](Transport& transport) -> absl::StatusOr<std::string> {
    if (transport.rank() == 1) return absl::InternalError("no more");
    return "fine";
  });
  EXPECT_THAT(results.status().ToString(), HasSubstr("rank 1"));
  EXPECT_THAT(results.status().ToString(), HasSubstr("no more"));
}

TEST(ForkedRanksTest, ALostRankIsSeen) {
  const auto results = RunForked(1, 60, [](Transport&) -> absl::StatusOr<std::string> { _exit(3); });
  EXPECT_THAT(results.status().ToString(), HasSubstr("it died"));
}

TEST(DeviceChoiceTest, IsRefusedWithAReason) {
  // In a process of its own: the environment is the process's.
  const auto results = RunForked(1, 60, [](Transport&) -> absl::StatusOr<std::string> {
    setenv("RINGSIDE_DEVICE", "abacus", 1);
    const auto unknown = MakeKernels(plan::DType::kF32, v1::KERNELS_FAST);
    setenv("RINGSIDE_DEVICE", "cuda", 1);
    const auto reference = MakeKernels(plan::DType::kF32, v1::KERNELS_REFERENCE);
    if (!reference.ok() || reference->device() != nullptr) return absl::InternalError("the reference moved");
    const auto gpu = MakeKernels(plan::DType::kF32, v1::KERNELS_FAST);
    if (gpu.ok() && gpu->device() == nullptr) return absl::InternalError("not on the device");
    return unknown.status().ToString() + "\n" + gpu.status().ToString();
  });
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT((*results)[0], HasSubstr("RINGSIDE_DEVICE"));
}

}  // namespace
}  // namespace ringside::workers::cuda
