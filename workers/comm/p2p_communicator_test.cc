// Streams beside each other, and what ends a wait. Values and bytes: collectives_test.cc.
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
