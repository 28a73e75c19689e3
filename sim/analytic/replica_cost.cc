#include "sim/analytic/replica_cost.h"

#include <algorithm>

namespace ringside::sim::analytic {
namespace {

using gpu::Collective;
using gpu::CollectiveSeconds;
using gpu::Group;
using gpu::GroupOf;

// fp32 master weight and two moments read and written, the gradient read, the weight written.
constexpr double kUpdateBytes = 3 * 8 + 4 + 2;
// Gradients and weights travel in buckets of this many bytes.
constexpr double kBucketBytes = 100e6;

// In buckets, or at least `calls` of them, one after the other.
double Buckets(const Problem& problem, Collective operation, const Group& group, double bytes,
               double calls = 1) {
  if (bytes <= 0) return 0;
  const double buckets = std::max(calls, bytes / kBucketBytes);
  return buckets * CollectiveSeconds(problem.fabric, operation, group, bytes / buckets);
}

}  // namespace

ReplicaCost CostOfReplicas(const Problem& problem, double layers, const BlockCost& layer, double forward_s,
                           double backward_s, double batches) {
  const ModelShape& m = problem.model;
  const Plan& plan = problem.plan;
  const v1::SoftwareStack& stack = *problem.stack;
  const v1::GpuDevice& device = *problem.device;
  const bool experts = m.experts > 0;
  const double routed = experts ? (m.gated ? 3 : 2) * m.hidden * m.experts * m.expert_ffn : 0;
  const double shared = (LayerParameters(m, experts) - routed) / plan.tp;
  const double own_routed = routed / plan.ep;
  const double ends = (plan.pp == 1 && !m.tied ? 2 : 1) * m.vocab * m.hidden / plan.tp;
  const double replicas = static_cast<double>(plan.dp) * plan.cp;
  const double expert_replicas = std::max(1.0, replicas * plan.tp / plan.ep);
  const double group_size = plan.shard_group > 0 ? plan.shard_group : replicas;
  const Group group = GroupOf(problem.fabric, group_size, plan.tp);
  const Group expert_group = GroupOf(problem.fabric, expert_replicas, plan.ep);
  const double gradient_bytes = stack.fp32_gradients() && !plan.bf16_reduce ? 4 : 2;
  const double weight_bytes = plan.fp8_gather ? 1 : 2;
  const double slowdown = problem.fabric.scale_up->compute_slowdown() - 1;

  ReplicaCost cost;
  const auto hide = [&](double seconds, double window, double share) {
    const double hidden = std::min(share * seconds, window);
    cost.visible += seconds - hidden + hidden * slowdown;
  };
  const double dense = layers * shared + ends, expert = layers * own_routed;
  if (plan.zero >= 3 && group_size > 1) {
    const double gathers = stack.gather_every_micro_batch() ? batches : 1;
    const double reductions = stack.reduce_every_micro_batch() ? batches : 1;
    const auto gather = [&](double parameters, double experts_of) {
      return CollectiveSeconds(problem.fabric, Collective::kAllGather, group, weight_bytes * parameters) +
             CollectiveSeconds(problem.fabric, Collective::kAllGather, expert_group,
                               weight_bytes * experts_of);
    };
    const auto reduce = [&](double parameters, double experts_of) {
      return CollectiveSeconds(problem.fabric, Collective::kReduceScatter, group,
                               gradient_bytes * parameters) +
             CollectiveSeconds(problem.fabric, Collective::kReduceScatter, expert_group,
                               gradient_bytes * experts_of);
    };
    const double layer_gather = gather(shared, own_routed), layer_reduce = reduce(shared, own_routed);
    const double share = stack.overlap_zero3();
    // Forward: the next layer's weights travel beside this layer. Backward: gradients travel, too.
    const double f = layer.forward.total(), b = layer.backward.total();
    const auto visible = [&](double seconds, double window) {
      const double hidden = std::min(share * seconds, window);
      return seconds - hidden + hidden * slowdown;
    };
    cost.visible += gathers * layers * visible(layer_gather, f);
    const double both = reductions / gathers;
    cost.visible += gathers * layers *
                    (both * visible(layer_gather + layer_reduce, b) + (1 - both) * visible(layer_gather, b));
    cost.visible += gathers * gather(ends, 0) + reductions * reduce(ends, 0);
  } else if (group_size > 1) {
    double share = plan.pp > 1      ? stack.overlap_dp_pipeline()
                   : plan.zero >= 1 ? stack.overlap_dp_sharded()
                                    : stack.overlap_dp();
    if (plan.overlap_on) share = std::max(share, 0.95);
    const Collective operation = plan.zero >= 1 ? Collective::kReduceScatter : Collective::kAllReduce;
    const double calls = plan.zero >= 1 ? std::max(1.0, layers * stack.shard_calls_per_layer()) : 1;
    double reduce = Buckets(problem, operation, group, gradient_bytes * dense, calls);
    if (experts) reduce += Buckets(problem, operation, expert_group, gradient_bytes * expert);
    hide(reduce, backward_s, share);
    if (plan.zero >= 1) {
      double gather = Buckets(problem, Collective::kAllGather, group, weight_bytes * dense, calls);
      if (experts) gather += Buckets(problem, Collective::kAllGather, expert_group, weight_bytes * expert);
      hide(gather, forward_s, share);
    }
  }
  // Replicas of shards (hybrid sharding) sum what each shard has.
  if (plan.shard_group > 0 && replicas > plan.shard_group) {
    const Group across =
        GroupOf(problem.fabric, replicas / plan.shard_group, static_cast<double>(plan.tp) * plan.shard_group);
    hide(Buckets(problem, Collective::kAllReduce, across, gradient_bytes * dense / plan.shard_group),
         backward_s, stack.overlap_dp());
  }
  const double updated = plan.zero >= 1 ? dense / group_size + expert / expert_replicas : dense + expert;
  cost.optimizer = updated * kUpdateBytes * stack.optimizer_passes() /
                   (device.memory_gbps() * 1e9 * device.elementwise_efficiency());
  return cost;
}

}  // namespace ringside::sim::analytic
