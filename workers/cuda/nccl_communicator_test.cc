// Every collective by NCCL, on exact inputs, in 2 to 4 processes that share one GPU; plus a whole program.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "plan/collective.h"
#include "workers/cuda/cuda_device.h"
#include "workers/cuda/nccl_library.h"
#include "workers/cuda/testing/forked_ranks.h"
#include "workers/testing/collective_programs.h"
#include "workers/testing/programs.h"
#include "workers/testing/run_collective.h"

namespace ringside::workers::cuda {
namespace {

constexpr int kTimeoutS = 90;

class NcclCommunicatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const absl::Status status = GpuIsThere(); !status.ok()) GTEST_SKIP() << status;
  }
};

// What does not hold of this rank's part of `program`, or nothing.
absl::StatusOr<std::string> RunOnGpu(const plan::Program& program, Transport& transport) {
  const plan::Op& op = program.ops[0];
  const plan::DType dtype = program.buffers[0].dtype;
  const int64_t count = op.dims[0], size = plan::SizeOf(dtype);
  std::vector<std::byte> first(count * size), second(count * size);
  for (int64_t i = 0; i < count; ++i) Put(dtype, &first, i, ExactInput(program.rank, i));
  const SteadyClock clock;
  RunControl control;
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<CudaDevice> device,
                            CudaDevice::Make(OptionsFromEnvironment(1)));
  RINGSIDE_RETURN_IF_ERROR(device->Prepare(program, &clock, &control));
  RINGSIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Communicator> communicator,
                            device->MakeCommunicator(program, &transport));
  RINGSIDE_ASSIGN_OR_RETURN(std::byte* const a, device->Map(first.size()));
  RINGSIDE_ASSIGN_OR_RETURN(std::byte* const b, device->Map(second.size()));
  RINGSIDE_RETURN_IF_ERROR(device->CopyToDevice(a, first.data(), first.size()));
  RINGSIDE_RETURN_IF_ERROR(device->BeginStep(0));
  communicator->Reset(true);
  communicator->Enqueue(0, a, b);
  RINGSIDE_RETURN_IF_ERROR(communicator->WaitAll());
  RINGSIDE_RETURN_IF_ERROR(device->EndStep());
  const bool out = op.kind == plan::OpKind::kAllToAll || op.kind == plan::OpKind::kRotate;
  std::vector<std::byte> result(count * size), expected(size);
  RINGSIDE_RETURN_IF_ERROR(device->CopyToHost(result.data(), out ? b : a, result.size()));
  int64_t wrong = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int value = ExactOutput(op.kind, op.Has(plan::kMax), count, program.rank, program.world_size, i);
    if (value == -1000) continue;
    Put(dtype, &expected, 0, value);
    wrong += std::memcmp(result.data() + i * size, expected.data(), size) != 0;
  }
  const CommRecord record = communicator->record(0);
  const auto rounds = plan::RoundsOf(op, program.groups, program.rank);
  if (record.sent_bytes != size * plan::SentElems(rounds)) return absl::InternalError("sent bytes");
  if (record.issue_ns > record.start_ns || record.start_ns > record.end_ns) {
    return absl::InternalError("times out of order");
  }
  if (wrong > 0) {
    return absl::InternalError(std::to_string(wrong) + " elements are wrong of " +
                               std::string(plan::Name(op.kind)) + " " + std::string(plan::Name(dtype)));
  }
  return "";
}

void Check(plan::OpKind kind, plan::DType dtype, int64_t count, int size, bool max) {
  const auto results = RunForked(size, kTimeoutS, [&](Transport& transport) {
    return RunOnGpu(
        CollectiveProgram(kind, plan::Algorithm::kRing, dtype, count, transport.rank(), size, max),
        transport);
  });
  EXPECT_TRUE(results.ok()) << results.status();
}

constexpr plan::OpKind kKinds[] = {plan::OpKind::kAllReduce, plan::OpKind::kReduceScatter,
                                   plan::OpKind::kAllGather, plan::OpKind::kAllToAll, plan::OpKind::kRotate};

TEST_F(NcclCommunicatorTest, ExactForEveryKind) {
  for (const plan::OpKind kind : kKinds) Check(kind, plan::DType::kF32, 60 * 2, 2, false);
}

TEST_F(NcclCommunicatorTest, ExactForEveryType) {
  for (const plan::DType dtype : kAllTypes) Check(plan::OpKind::kAllReduce, dtype, 1001, 2, false);
}

TEST_F(NcclCommunicatorTest, UnevenChunksAndTheMaximum) {
  Check(plan::OpKind::kReduceScatter, plan::DType::kF32, 7, 3, false);
  Check(plan::OpKind::kReduceScatter, plan::DType::kBf16, 2, 3, true);
  Check(plan::OpKind::kAllGather, plan::DType::kF32, 1001, 3, false);
  Check(plan::OpKind::kAllReduce, plan::DType::kF32, 1001, 3, true);
}

TEST_F(NcclCommunicatorTest, FourRanksOfOneCard) {
  for (const plan::OpKind kind : {plan::OpKind::kAllToAll, plan::OpKind::kRotate}) {
    Check(kind, plan::DType::kF32, 4 * 1000, 4, false);
  }
}

TEST_F(NcclCommunicatorTest, SendsReceivesAndReducesInAProgram) {
  auto programs = RingPrograms(2, 3, plan::DType::kF32);
  for (plan::Program& program : programs) program.run.set_kernels(v1::KERNELS_FAST);
  setenv("RINGSIDE_DEVICE", "cuda", 1);
  const auto trace = RunPrograms(programs, v1::KERNELS_FAST, kTimeoutS);
  unsetenv("RINGSIDE_DEVICE");
  ASSERT_TRUE(trace.ok()) << trace.status();
  for (int rank = 0; rank < 2; ++rank) {
    for (double value : trace->ranks(rank).params(0).weights()) ASSERT_EQ(value, 3);
    for (double value : trace->ranks(rank).params(1).weights()) ASSERT_EQ(value, 1 - rank);
  }
}

// Holds without a GPU too: the library has every function that is called.
TEST(NcclLibraryTest, HasWhatIsCalled) {
  const auto nccl = Nccl::Load();
  if (!nccl.ok() && nccl.status().message().find("cannot be loaded") != std::string::npos) {
    GTEST_SKIP() << nccl.status();
  }
  ASSERT_TRUE(nccl.ok()) << nccl.status();
  int version = 0;
  EXPECT_EQ((*nccl)->get_version(&version), ncclSuccess);
  EXPECT_GE(version, 20000);
}

}  // namespace
}  // namespace ringside::workers::cuda
