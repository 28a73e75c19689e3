// What an op costs when nothing disturbs it. The machine (sim/model) adds sharing, waiting and queueing.
#pragma once

#include "plan/program.h"
#include "sim/engine/cpu_pool.h"

namespace ringside::sim {

struct ComputeCost {
  double work_ns = 0;  // on a core of its own
  WorkClass work_class = WorkClass::kMemory;
  double contention = 1;  // slowdown when all cores of the host run the like
};

// One message of a round: latency_ns from the moment both ends are ready, then cpu_ns_per_byte (and
// reduce_ns_per_byte where it is combined with what is there) of the receiver's cores for every byte, while a
// flow between nodes takes its share of the links (Topology).
struct MessageCost {
  double latency_ns = 0;
  double cpu_ns_per_byte = 0;
  double reduce_ns_per_byte = 0;
};

class CostModel {
 public:
  virtual ~CostModel() = default;

  // `op` is a compute op.
  virtual ComputeCost Compute(const plan::Op& op, plan::DType real) const = 0;
  // Messages of a communication op of `kind` in a group of `group_size` ranks (2 for send and receive).
  virtual MessageCost Message(plan::OpKind kind, int group_size, bool same_node) const = 0;

  virtual double op_overhead_ns() const { return 0; }  // of the walk, between two compute ops
  virtual double wakeup_ns() const { return 0; }       // from the end of a communication to who waits for it
  virtual double poll_weight() const { return 0; }     // what a waiting rank takes of the cores (CpuPool)
};

}  // namespace ringside::sim
