// Communication ops over threads: exact values, exact bytes, any interleaving.
#include "workers/comm/p2p_communicator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "workers/testing/programs.h"
#include "workers/transport/thread_transport.h"

namespace ringside::workers {
namespace {

using plan::Stream;

// Small integers: every partial sum is exact in float, so any order gives the same bits.
float Input(int rank, int64_t i) {
  return static_cast<float>((rank * 7 + i * 13) % 31 - 15);
}

struct Ended {
  std::vector<float> values;
  CommRecord record;
  TransportCounters counters;
};

// One all-reduce of `count` elements over all `size` ranks.
std::vector<Ended> AllReduce(int size, int64_t count, bool max, uint64_t seed, bool background) {
  ThreadNetwork network(size, seed);
  std::vector<Ended> ended(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      plan::ProgramBuilder builder(EmptyProgram(rank, size, 1, plan::DType::kF32));
      const auto buffer = builder.AddPersistent("x", plan::Category::kGradients, count);
      const int op = builder.EmitCollective(
          AllReduceOp(builder.AddGroup("dp", AllRanks(size)), Stream::kDp, max), buffer);
      const plan::Program program = builder.Finish();
      std::vector<float> data(count), scratch(program.buffers[1].elems);
      for (int64_t i = 0; i < count; ++i) data[i] = Input(rank, i);
      const auto transport = network.Endpoint(rank);
      const SteadyClock clock;
      RunControl control;
      P2pCommunicator communicator(program, transport.get(), Reduce, &clock, &control, {background});
      communicator.Reset(false);
      communicator.Enqueue(op, reinterpret_cast<std::byte*>(data.data()),
                           reinterpret_cast<std::byte*>(scratch.data()));
      communicator.ComputeAhead(true);
      EXPECT_EQ(communicator.WaitAll(), absl::OkStatus());
      ended[rank] = {std::move(data), communicator.record(op), transport->counters()};
    });
  }
  for (auto& thread : threads) thread.join();
  return ended;
}

void ExpectExact(int size, int64_t count, bool max, uint64_t seed, bool background = true) {
  const auto ended = AllReduce(size, count, max, seed, background);
  plan::Op op = AllReduceOp(0, Stream::kDp, max);
  op.dims = {count};
  for (int rank = 0; rank < size; ++rank) {
    for (int64_t i = 0; i < count; ++i) {
      float expected = Input(0, i);
      for (int r = 1; r < size; ++r)
        expected = max ? std::max(expected, Input(r, i)) : expected + Input(r, i);
      ASSERT_EQ(ended[rank].values[i], expected) << "rank " << rank << " of " << size << " element " << i;
    }
    const auto rounds = plan::RoundsOf(op, {{"dp", AllRanks(size)}}, rank);
    EXPECT_EQ(ended[rank].record.sent_bytes, 4 * plan::SentElems(rounds));
    EXPECT_EQ(ended[rank].record.received_bytes, 4 * plan::ReceivedElems(rounds));
    EXPECT_EQ(ended[rank].counters.sent_bytes, 4 * plan::SentElems(rounds));
    EXPECT_EQ(ended[rank].counters.received_bytes, 4 * plan::ReceivedElems(rounds));
    EXPECT_LE(ended[rank].record.issue_ns, ended[rank].record.start_ns);
    EXPECT_LE(ended[rank].record.start_ns, ended[rank].record.end_ns);
  }
}

TEST(AllReduceTest, ExactForAnyGroupAndCount) {
  for (int size = 1; size <= 8; ++size) {
    for (int64_t count : {1, 2, 7, 64, 1001}) ExpectExact(size, count, false, 0);
  }
}

TEST(AllReduceTest, Maximum) {
  ExpectExact(5, 33, true, 0);
}

TEST(AllReduceTest, SegmentsOfALongBuffer) {
  ExpectExact(3, 2 * plan::kSegmentElems + 17, false, 0);
}

TEST(AllReduceTest, TheWalkAloneIsEnough) {
  ExpectExact(4, 1001, false, 0, /*background=*/false);
}

TEST(AllReduceTest, AnyOrderOfCompletion) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    ExpectExact(2 + static_cast<int>(seed % 5), 1 + static_cast<int64_t>(seed * 37 % 300), false, seed);
  }
}

// Two streams at once in opposite issue order on the two ranks: only independent streams get through.
TEST(P2pCommunicatorTest, StreamsAreIndependent) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    ThreadNetwork network(2, seed);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < 2; ++rank) {
      threads.emplace_back([&, rank] {
        plan::ProgramBuilder builder(EmptyProgram(rank, 2, 1, plan::DType::kF32));
        const auto a = builder.AddPersistent("a", plan::Category::kGradients, 5);
        const auto b = builder.AddPersistent("b", plan::Category::kGradients, 3);
        const int group = builder.AddGroup("dp", {0, 1});
        std::vector<int> ops;
        for (Stream stream : {rank == 0 ? Stream::kDp : Stream::kTp, rank == 0 ? Stream::kTp : Stream::kDp}) {
          ops.push_back(builder.EmitCollective(AllReduceOp(group, stream), stream == Stream::kDp ? a : b));
        }
        const plan::Program program = builder.Finish();
        std::vector<std::vector<float>> data;
        for (const auto& buffer : program.buffers)
          data.emplace_back(buffer.elems, static_cast<float>(rank + 1));
        const auto transport = network.Endpoint(rank);
        const SteadyClock clock;
        RunControl control;
        P2pCommunicator communicator(program, transport.get(), Reduce, &clock, &control, {});
        const auto at = [&](const plan::View& view) {
          return reinterpret_cast<std::byte*>(data[view.buffer].data());
        };
        for (int op : ops)
          communicator.Enqueue(op, at(program.ops[op].operands[0]), at(program.ops[op].operands[1]));
        for (int op : ops) EXPECT_EQ(communicator.Wait(op), absl::OkStatus());
        EXPECT_EQ(data[a.buffer], std::vector<float>(5, 3.0f));
        EXPECT_EQ(data[b.buffer], std::vector<float>(3, 3.0f));
      });
    }
    for (auto& thread : threads) thread.join();
  }
}

TEST(P2pCommunicatorTest, StopEndsAWaitForAPeerThatNeverComes) {
  ThreadNetwork network(2);
  plan::ProgramBuilder builder(EmptyProgram(0, 2, 1, plan::DType::kF32));
  const auto buffer = builder.AddPersistent("x", plan::Category::kActivations, 4);
  builder.Emit(TransferOp(plan::OpKind::kRecv, Stream::kRecvForward, 1, buffer));
  const plan::Program program = builder.Finish();
  float data[4] = {};
  const auto transport = network.Endpoint(0);
  const SteadyClock clock;
  RunControl control;
  P2pCommunicator communicator(program, transport.get(), Reduce, &clock, &control, {});
  communicator.Enqueue(0, reinterpret_cast<std::byte*>(data), nullptr);
  EXPECT_FALSE(communicator.Ended(0));
  std::thread stopper([&] { control.stop = true; });
  EXPECT_EQ(communicator.Wait(0).code(), absl::StatusCode::kCancelled);
  stopper.join();
}

TEST(P2pCommunicatorTest, AMessageOfAnotherSizeIsDataLoss) {
  ThreadNetwork network(2);
  const auto peer = network.Endpoint(1);
  const float sent[3] = {1, 2, 3};
  ASSERT_TRUE(peer->Isend(sent, sizeof(sent), 0, static_cast<int>(Stream::kSendForward)).ok());
  plan::ProgramBuilder builder(EmptyProgram(0, 2, 1, plan::DType::kF32));
  const auto buffer = builder.AddPersistent("x", plan::Category::kActivations, 4);
  builder.Emit(TransferOp(plan::OpKind::kRecv, Stream::kRecvForward, 1, buffer));
  const plan::Program program = builder.Finish();
  float data[4] = {};
  const auto transport = network.Endpoint(0);
  const SteadyClock clock;
  RunControl control;
  P2pCommunicator communicator(program, transport.get(), Reduce, &clock, &control, {});
  communicator.Enqueue(0, reinterpret_cast<std::byte*>(data), nullptr);
  EXPECT_EQ(communicator.Wait(0).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace ringside::workers
