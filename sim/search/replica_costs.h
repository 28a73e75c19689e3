// What data parallelism and ZeRO add to a pipeline stage, bucket by bucket: the buckets are those that
// plan::AddParameters cuts, their communication is priced where the plan's groups stand. How the costs meet
// the computation is in stage_times.h. Not thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <memory>
#include <vector>

#include "sim/cost/gpu_op_costs.h"
#include "sim/search/plan_point.h"

namespace ringside::sim {

enum class StageKind { kOnly, kFirst, kMiddle, kLast };

struct BucketCosts {
  // Blocks that the backward pass has finished when the bucket's last gradient is there, whole and parts; 0:
  // none but the output, more than there are: the embedding.
  double after_blocks = 0;
  bool of_experts = false;
  bool tied = false;        // holds an embedding that two stages have
  double reduce_ns = 0;     // over the shard group, and with ZeRO up to 1 over the copies
  double replicate_ns = 0;  // ZeRO 2 and 3: over the copies of a shard, once a step
  double gather_ns = 0;     // of weights
  double copy_ns = 0;       // ZeRO 3: the own shard into the gathered weights
  double add_ns = 0;        // ZeRO 2 and 3: of a reduced shard to the sum
  double add_first_ns = 0;
  double update_ns = 0;  // optimizer
  int64_t elems = 0, owned = 0;
};

struct StageReplica {
  int blocks = 0;                    // of the stage
  bool tied_only = false;            // one stage embeds and puts out with the same weights
  std::vector<BucketCosts> buckets;  // in flat order
  std::vector<int> by_time;          // their order in the backward pass
  double tied_ns = 0;                // sum of a tied embedding's gradient over first and last stage
  double norm_ns = 0, world_ns = 0;  // of the whole gradient
  double loss_ns = 0;
  double weight_bytes = 0, gradient_bytes = 0, optimizer_bytes = 0;  // kept across the step
  double most_bucket_bytes = 0;                                      // of the largest
};

class ReplicaCosts {
 public:
  // Both outlive this.
  ReplicaCosts(const v1::Scenario& base, const GpuCluster& cluster) : base_(base), cluster_(cluster) {}

  struct Key {
    int dp, tp, pp, cp, ep, zero, zero_group;
    bool sequence_parallel;
    int precision, placement, kind;
    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.dp, k.tp, k.pp, k.cp, k.ep, k.zero, k.zero_group, k.sequence_parallel,
                        k.precision, k.placement, k.kind);
    }
  };
  // Of the stages that differ, by StageKind. Valid for as long as this.
  using Set = std::array<StageReplica, 4>;
  const Set& Of(const PlanPoint& point);

 private:
  struct Bucket {
    int domain;
    int64_t elems;
    double after_blocks;
    bool tied;
  };
  struct Cut {
    std::vector<Bucket> buckets;
    int64_t tied_elems = 0;
    int blocks = 0;
    bool tied = false;
  };
  const Cut& CutOf(const PlanPoint& point, StageKind kind);
  StageReplica Price(const PlanPoint& point, StageKind kind);

  const v1::Scenario& base_;
  const GpuCluster& cluster_;
  absl::flat_hash_map<Key, std::unique_ptr<Set>> remembered_;
  absl::flat_hash_map<Key, std::unique_ptr<Cut>> cuts_;
};

// Where the plan's groups stand; of a plan that passed IsValid.
struct PlanGroups {
  gpu::Group tp, cp, ep, world, tied;
  std::array<gpu::Group, 3> shard, replicate;  // by plan::Domain
};
PlanGroups GroupsOf(const PlanPoint& point, int devices_per_node);

}  // namespace ringside::sim
