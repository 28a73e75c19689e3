// Costs of the blocks of a model, remembered: what the instructions of a pipeline stage take and keep, as a
// function of how many blocks the stage's chunk has. Nothing here knows what a plan does to a block: small
// programs (one and two blocks, two micro-batches, no ZeRO) are compiled and walked, and what differs between
// one block and two is what every further block adds.
//
// What ZeRO and data parallelism add is in replica_costs.h. Not thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "sim/cost/gpu_op_costs.h"
#include "sim/search/plan_point.h"

namespace ringside::sim {

// A figure of a chunk with n >= 1 blocks.
struct Affine {
  double one = 0, more = 0;
  double At(double n) const { return one + (n - 1) * more; }
};

// Which ends of the model a chunk has.
enum class Role { kOnly, kFirst, kMiddle, kLast };

struct PassCost {
  Affine device_ns;   // walked from idle streams
  Affine compute_ns;  // the same without what waits for communication
  Affine host_ns;
  double lead_ns = 0;  // of the device time, what is done before it needs what another stage sends
  double At(double n) const { return std::max(device_ns.At(n), host_ns.At(n)); }
};

struct ChunkMemory {      // bytes
  Affine kept;            // from a forward pass to its backward pass
  Affine forward_peak;    // of the forward pass, above what there was before it; holds `kept`
  Affine backward_peak;   // of the backward pass, above what there was before it, `kept` not counted
  Affine kept_split;      // from an input-gradient pass to its weight-gradient pass
  double persistent = 0;  // workspace and communication scratch
};

struct ChunkCosts {
  PassCost forward;
  // Of the first micro-batch, which assigns gradients, and of all others.
  std::array<PassCost, 2> backward, backward_input, backward_weight;
  ChunkMemory memory;
};

// What the costs of a block depend on.
struct BlockKey {
  int tp = 1, cp = 1, ep = 1, micro_batch = 1;
  v1::Recompute recompute = v1::RECOMPUTE_NONE;
  v1::Precision precision = v1::PRECISION_BF16;
  bool sequence_parallel = false, split = false, piped = false;  // split: backward passes; piped: pp > 1
  gpu::Group tp_group, cp_group, ep_group;                       // where they stand

  template <typename H>
  friend H AbslHashValue(H h, const BlockKey& k) {
    return H::combine(std::move(h), k.tp, k.cp, k.ep, k.micro_batch, static_cast<int>(k.recompute),
                      static_cast<int>(k.precision), k.sequence_parallel, k.split, k.piped,
                      k.tp_group.per_domain, k.cp_group.per_domain, k.ep_group.per_domain);
  }
  bool operator==(const BlockKey& o) const {
    return tp == o.tp && cp == o.cp && ep == o.ep && micro_batch == o.micro_batch &&
           recompute == o.recompute && precision == o.precision && sequence_parallel == o.sequence_parallel &&
           split == o.split && piped == o.piped && tp_group.per_domain == o.tp_group.per_domain &&
           cp_group.per_domain == o.cp_group.per_domain && ep_group.per_domain == o.ep_group.per_domain;
  }
};

// By Role: [kOnly], or the three others where the key is piped.
using BlockCostSet = std::array<ChunkCosts, 4>;

// What one small program says.
struct BlockFigures {
  struct Pass {
    double device_ns = 0, compute_ns = 0, host_ns = 0, lead_ns = 0;
  };
  std::map<std::pair<plan::InstructionKind, int>, Pass> passes;  // by kind and micro-batch
  double kept = 0, forward_peak = 0, backward_peak = 0, kept_split = 0, persistent = 0;
};

class BlockCosts {
 public:
  // Both outlive this. `base` is resolvable under some plan.
  BlockCosts(const v1::Scenario& base, const GpuCluster& cluster) : base_(base), cluster_(cluster) {}

  // Valid for as long as this.
  const BlockCostSet& Of(const BlockKey& key);
  int64_t compiled() const { return compiled_; }

 private:
  BlockFigures Measure(const BlockKey& key, Role role, int blocks);

  const v1::Scenario& base_;
  const GpuCluster& cluster_;
  absl::flat_hash_map<BlockKey, std::unique_ptr<BlockCostSet>> remembered_;
  int64_t compiled_ = 0;
};

}  // namespace ringside::sim
