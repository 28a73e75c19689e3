// A rank's program as the machine walks it: flat arrays, costs looked up, dependencies reduced to those
// that can make anything wait.
//
// A dependency on a compute op is always met when the walk comes by (it ran to its end before), and one on an
// earlier op of the same stream by the stream's order. What is left is "stream s has ended its k-th op".
#pragma once

#include <cstdint>
#include <vector>

#include "plan/collective.h"
#include "plan/program.h"
#include "sim/cost/cost_model.h"

namespace ringside::sim {

// Rounds that are alike and follow each other: most of a ring's.
struct FlatRound {
  int32_t to = -1;    // global rank; -1: nothing is sent
  int32_t from = -1;  // -1: nothing is received
  bool reduce = false;
  int32_t times = 1;
  int64_t send_bytes = 0;
  int64_t recv_bytes = 0;

  bool IsLike(const FlatRound& other) const {
    return to == other.to && from == other.from && reduce == other.reduce && send_bytes == other.send_bytes &&
           recv_bytes == other.recv_bytes;
  }
};

struct FlatDep {
  uint8_t stream;
  int32_t ended;  // met when the stream has ended at least so many ops of this step
};

struct FlatOp {
  bool is_communication = false;
  uint8_t stream = 0;
  WorkClass work_class = WorkClass::kCompute;
  double work_ns = 0;  // compute
  double contention = 1;
  int32_t dep_begin = 0, dep_end = 0;
  int32_t round_begin = 0, num_rounds = 0;  // entries of FlatProgram::rounds
  MessageCost same_node, other_node;
};

struct FlatProgram {
  std::vector<FlatOp> ops;
  std::vector<FlatDep> deps;
  std::vector<FlatRound> rounds;
  std::vector<int32_t> stream_ops[plan::kNumStreams];  // communication ops by stream, in program order

  int64_t SentBytes(int32_t op) const;
  int64_t ReceivedBytes(int32_t op) const;
};

FlatProgram Flatten(const plan::Program& program, const CostModel& costs);

}  // namespace ringside::sim
