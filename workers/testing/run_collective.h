// One collective on exact inputs through a P2pCommunicator over any transport.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "workers/clock.h"
#include "workers/comm/p2p_communicator.h"
#include "workers/testing/collective_programs.h"

namespace ringside::workers {

// Runs this rank's part of `program` and checks every element of the result. Returns what the op did.
inline CommRecord RunExactly(const plan::Program& program, Transport* transport, bool background = true) {
  const plan::Op& op = program.ops[0];
  const plan::DType dtype = program.buffers[0].dtype;
  const int64_t count = op.dims[0], size = plan::SizeOf(dtype);
  std::vector<std::byte> first(count * size), second(program.buffers[1].elems * size + 1);
  for (int64_t i = 0; i < count; ++i) Put(dtype, &first, i, ExactInput(program.rank, i));
  const SteadyClock clock;
  RunControl control;
  P2pCommunicator communicator(program, transport, Reduce, &clock, &control, {background});
  communicator.Reset(true);
  communicator.Enqueue(0, first.data(), second.data());
  communicator.ComputeAhead(true);
  EXPECT_EQ(communicator.WaitAll(), absl::OkStatus());
  const bool out = op.kind == plan::OpKind::kAllToAll || op.kind == plan::OpKind::kRotate;
  const std::vector<std::byte>& result = out ? second : first;
  std::vector<std::byte> expected(size);
  int64_t wrong = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int value = ExactOutput(op.kind, op.Has(plan::kMax), count, program.rank, program.world_size, i);
    if (value == -1000) continue;
    Put(dtype, &expected, 0, value);
    wrong += std::memcmp(result.data() + i * size, expected.data(), size) != 0;
  }
  EXPECT_EQ(wrong, 0) << "elements of " << count << ": " << plan::Name(op.kind) << " "
                      << plan::Name(op.algorithm) << " " << plan::Name(dtype) << " rank " << program.rank
                      << " of " << program.world_size;
  const auto rounds = plan::RoundsOf(op, program.groups, program.rank);
  EXPECT_EQ(communicator.record(0).sent_bytes, size * plan::SentElems(rounds));
  EXPECT_EQ(communicator.record(0).received_bytes, size * plan::ReceivedElems(rounds));
  const CommRecord& record = communicator.record(0);
  EXPECT_LE(record.issue_ns, record.start_ns);
  EXPECT_LE(record.start_ns, record.end_ns);
  // Hop by hop the same.
  EXPECT_EQ(record.hops.size(), rounds.size());
  for (size_t r = 0; r < std::min(rounds.size(), record.hops.size()); ++r) {
    const HopRecord& hop = record.hops[r];
    EXPECT_EQ(hop.round, static_cast<int32_t>(r));
    EXPECT_EQ(hop.sent_bytes, size * rounds[r].send_count);
    EXPECT_EQ(hop.received_bytes, size * rounds[r].recv_count);
    EXPECT_EQ(hop.send_to, rounds[r].send_count > 0 ? rounds[r].send_to : -1);
    EXPECT_EQ(hop.recv_from, rounds[r].recv_count > 0 ? rounds[r].recv_from : -1);
    EXPECT_LE(record.start_ns, hop.start_ns);
    EXPECT_LE(hop.start_ns, hop.end_ns);
    EXPECT_LE(hop.end_ns, record.end_ns);
  }
  return communicator.record(0);
}

struct CollectiveCase {
  plan::OpKind kind;
  plan::Algorithm algorithm;
};
inline std::vector<CollectiveCase> AllCollectives() {
  using plan::Algorithm;
  using plan::OpKind;
  return {{OpKind::kAllReduce, Algorithm::kRing},         {OpKind::kAllReduce, Algorithm::kRecursiveDoubling},
          {OpKind::kAllReduce, Algorithm::kRabenseifner}, {OpKind::kAllReduce, Algorithm::kTree},
          {OpKind::kReduceScatter, Algorithm::kRing},     {OpKind::kAllGather, Algorithm::kRing},
          {OpKind::kAllToAll, Algorithm::kRing},          {OpKind::kRotate, Algorithm::kRing}};
}
inline constexpr plan::DType kAllTypes[] = {plan::DType::kF32, plan::DType::kF64, plan::DType::kI32,
                                            plan::DType::kBf16, plan::DType::kF16};

}  // namespace ringside::workers
