// Programs written by hand on the simulator's machine, with costs as given: what the oracles compare.
#pragma once

#include <utility>
#include <vector>

#include "plan/program.h"
#include "sim/model/machine.h"

namespace ringside::oracles {

// Every message costs the same: alpha = latency_ns, beta = cpu_ns_per_byte, gamma = reduce_ns_per_byte. A
// compute op costs its first scalar in nanoseconds.
class GivenCosts : public sim::CostModel {
 public:
  explicit GivenCosts(sim::MessageCost message) : message_(message) {}
  sim::ComputeCost Compute(const plan::Op& op, plan::DType) const override {
    return {op.scalars.empty() ? 0 : op.scalars[0], sim::WorkClass::kCompute, 1};
  }
  sim::MessageCost Message(plan::OpKind, int, bool) const override { return message_; }

 private:
  sim::MessageCost message_;
};

// Programs of one group of all ranks and no ops yet, `ranks_per_node` neighbours to a node.
inline std::vector<plan::Program> EmptyPrograms(int ranks, int ranks_per_node) {
  std::vector<plan::Program> programs(ranks);
  plan::Group all{"dp", {}};
  for (int r = 0; r < ranks; ++r) all.ranks.push_back(r);
  for (int r = 0; r < ranks; ++r) {
    programs[r].rank = r;
    programs[r].world_size = ranks;
    programs[r].node = r / ranks_per_node;
    programs[r].groups = {all};
  }
  return programs;
}

inline plan::Op CollectiveOp(plan::OpKind kind, int64_t elems,
                             plan::Algorithm algorithm = plan::Algorithm::kRing, int group = 0,
                             plan::Stream stream = plan::Stream::kDp) {
  plan::Op op;
  op.kind = kind;
  op.stream = stream;
  op.algorithm = algorithm;
  op.group = group;
  op.dims = {elems};
  return op;
}

// One step; no rank ever waits for a core.
inline absl::StatusOr<sim::Timeline> Execute(const std::vector<plan::Program>& programs,
                                             const sim::CostModel& costs, sim::Topology topology) {
  for (int& cores : topology.cores) cores = static_cast<int>(programs.size()) * plan::kNumStreams;
  std::vector<sim::FlatProgram> flat;
  for (const plan::Program& program : programs) flat.push_back(Flatten(program, costs));
  return sim::Execute(programs, flat, costs, {std::move(topology), 1});
}

}  // namespace ringside::oracles
