// Run by mpirun on four ranks: what the other tests show of threads, over MPI.
#include "workers/transport/mpi_transport.h"

#include <gtest/gtest.h>
#include <mpi.h>

#include <vector>

#include "plan/collective.h"
#include "workers/rank_runner.h"
#include "workers/testing/programs.h"
#include "workers/testing/run_collective.h"

namespace ringside::workers {
namespace {

class MpiTransportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto transport = MakeMpiTransport();
    ASSERT_TRUE(transport.ok()) << transport.status();
    transport_ = *std::move(transport);
    ASSERT_GT(transport_->size(), 1) << "run me with mpirun";
  }

  std::unique_ptr<Transport> transport_;
};

std::vector<float> Pattern(int64_t count, int salt) {
  std::vector<float> out(count);
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>((i * 31 + salt) % 1009);
  return out;
}

TEST_F(MpiTransportTest, MessagesArriveUnharmedAndInOrder) {
  const int rank = transport_->rank(), size = transport_->size();
  const std::atomic<bool> stop{false};
  int64_t sent = 0;
  for (int64_t count : {0, 1, 1000, 1 << 20}) {
    const auto first = Pattern(count, rank), second = Pattern(count, rank + 100);
    const int64_t bytes = count * 4;
    std::vector<float> in_first(count), in_second(count);
    const int next = (rank + 1) % size, previous = (rank + size - 1) % size;
    std::vector<RequestId> requests;
    for (auto* in : {&in_first, &in_second})
      requests.push_back(*transport_->Irecv(in->data(), bytes, previous, 3));
    for (auto* out : {&first, &second}) requests.push_back(*transport_->Isend(out->data(), bytes, next, 3));
    for (RequestId request : requests) EXPECT_EQ(Await(*transport_, request, stop), absl::OkStatus());
    EXPECT_EQ(in_first, Pattern(count, previous));
    EXPECT_EQ(in_second, Pattern(count, previous + 100));
    sent += 2 * bytes;
  }
  EXPECT_EQ(transport_->counters().sent_bytes, sent);
  EXPECT_EQ(transport_->counters().received_bytes, sent);
}

TEST_F(MpiTransportTest, AWrongSizeOrPeerIsAnError) {
  const std::atomic<bool> stop{false};
  const float two[2] = {1, 2};
  float one[1];
  const int peer = transport_->rank() ^ 1;
  const auto send = transport_->Isend(two, sizeof(two), peer, 4);
  const auto recv = transport_->Irecv(one, sizeof(one), peer, 4);
  EXPECT_EQ(Await(*transport_, *recv, stop).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Await(*transport_, *send, stop), absl::OkStatus());
  EXPECT_EQ(transport_->Isend(two, 8, transport_->size(), 0).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(transport_->Isend(two, int64_t{1} << 31, peer, 0).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// As nccl-tests do: whole numbers, so that every order of summing gives the same bits.
TEST_F(MpiTransportTest, EveryCollectiveIsExactOnExactInputs) {
  const int rank = transport_->rank(), size = transport_->size();
  for (const CollectiveCase& of : AllCollectives()) {
    for (const plan::DType dtype : kAllTypes) {
      for (const int64_t chunk : {1, 1000, 70'000}) {
        RunExactly(CollectiveProgram(of.kind, of.algorithm, dtype, chunk * size, rank, size),
                   transport_.get());
      }
      if (of.kind == plan::OpKind::kAllToAll) continue;  // its chunks are equal
      RunExactly(CollectiveProgram(of.kind, of.algorithm, dtype, 4099, rank, size, /*max=*/true),
                 transport_.get());
    }
    RunExactly(CollectiveProgram(of.kind, of.algorithm, plan::DType::kF32, size * (plan::kSegmentElems + 3),
                                 rank, size),
               transport_.get());
  }
}

TEST_F(MpiTransportTest, ProgramsRunExactly) {
  const int rank = transport_->rank(), size = transport_->size();
  const auto programs = RingPrograms(size, 4, plan::DType::kF32);
  const plan::Program& program = programs[rank];
  auto kernels = MakeKernels(program.real, program.run.kernels());
  const SteadyClock clock;
  RunControl control;
  const auto trace = RunRank({&program, &*kernels, transport_.get(), &clock, &control});
  ASSERT_TRUE(trace.ok()) << trace.status();
  for (double value : trace->params(0).weights()) ASSERT_EQ(value, size * (size + 1) / 2);
  for (double value : trace->params(1).weights()) ASSERT_EQ(value, (rank + size - 1) % size);
  for (const auto& span : trace->spans()) {
    if (!plan::IsCommunication(program.ops[span.op()].kind)) continue;
    const auto rounds = plan::RoundsOf(program.ops[span.op()], program.groups, rank);
    EXPECT_EQ(span.sent_bytes(), 4 * plan::SentElems(rounds));
    EXPECT_EQ(span.received_bytes(), 4 * plan::ReceivedElems(rounds));
  }
  if (rank == 0) {
    EXPECT_EQ(trace->steps(0).start_ns(), 0);
  }
}

}  // namespace
}  // namespace ringside::workers

int main(int argc, char** argv) {
  ringside::workers::SetMpiDefaults();
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
  ::testing::InitGoogleTest(&argc, argv);
  const int failed = RUN_ALL_TESTS();
  MPI_Finalize();
  return failed;
}
