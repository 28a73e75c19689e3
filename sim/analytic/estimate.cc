#include "sim/analytic/estimate.h"

#include <algorithm>
#include <cmath>

#include "sim/analytic/replica_cost.h"
#include "sim/analytic/stages.h"

namespace ringside::sim::analytic {
namespace {

// Of the memory there is, from where on blocks are given back and asked for again: fragments are left over.
constexpr double kRetryShare = 1;

struct StageCost {
  PassCost forward, backward;
  double total() const { return forward.total() + backward.total(); }
};

}  // namespace

Estimation Estimate(const Problem& problem) {
  const ModelShape& m = problem.model;
  const Plan& plan = problem.plan;
  const v1::SoftwareStack& stack = *problem.stack;
  Estimation result;
  result.memory = PeakMemory(problem);
  result.fits = result.memory.total() <= problem.device->memory_gib() * (1 << 30);

  // -- one micro-batch on each kind of stage
  BlockCost layer = CostOfLayer(problem, m.experts > 0 ? Layer::kExpert : Layer::kDense);
  if (m.experts > 0 && m.dense_layers > 0) {
    const double share = static_cast<double>(m.dense_layers) / m.layers;
    const BlockCost dense = CostOfLayer(problem, Layer::kDense);
    layer.forward = layer.forward.Times(1 - share);
    layer.forward += dense.forward.Times(share);
    layer.backward = layer.backward.Times(1 - share);
    layer.backward += dense.backward.Times(share);
  }
  const BlockCost embedding = CostOfEmbedding(problem);
  BlockCost head = CostOfHead(problem);
  head.forward = head.forward.Times(1 + m.extra_predictions);
  head.backward = head.backward.Times(1 + m.extra_predictions);
  const Stages stages = CutStages(problem);
  const auto stage = [&](double layers, bool first, bool last) {
    StageCost cost{layer.forward.Times(layers), layer.backward.Times(layers)};
    cost.forward.host += stack.host_micro_batch_us() * 1e-6;
    cost.backward.host += stack.host_micro_batch_us() * 1e-6;
    if (first) cost.forward += embedding.forward, cost.backward += embedding.backward;
    if (last) cost.forward += head.forward, cost.backward += head.backward;
    return cost;
  };
  const double p = plan.pp, v = plan.chunks, batches = plan.micro_batches();
  const StageCost first = stage(stages.first_layers, true, plan.pp == 1);
  StageCost slowest = first;
  double around = first.total();  // a micro-batch through all stages
  if (plan.pp > 1) {
    const StageCost last = stage(stages.last_layers, false, true);
    const StageCost middle = stage(stages.middle_layers, false, false);
    if (middle.total() > slowest.total() && plan.pp > 2) slowest = middle;
    if (last.total() > slowest.total()) slowest = last;
    around += last.total() + (p - 2) * middle.total();
  }

  // -- the pipeline: all micro-batches through the slowest stage, and once through the others
  const double steady = batches * slowest.total();
  double fill = (around - slowest.total()) / v;
  if (plan.zero_bubble) fill *= 1.0 / 3;  // weights' gradients fill it: arXiv:2401.10241
  double messages = 0;
  if (plan.pp > 1) {
    // Each rank of tp sends its share, also of tensors that all of them hold (scatter and gather,
    // arXiv:2104.04473).
    const double bytes = 2 * plan.micro_batch * plan.seq_len / plan.cp * m.hidden / plan.tp;
    const double stride = static_cast<double>(plan.tp) * plan.cp * plan.dp;
    const double one =
        gpu::PointToPointSeconds(problem.fabric, stride, bytes) + stack.host_pipeline_us() * 1e-6;
    // Each stage waits for one message of each direction, and each chunk, of a micro-batch.
    messages = 2 * one * v * batches * (1 - stack.overlap_pp()) + 2 * one * (p - 1);
  }

  double stall = 0;
  if (stack.stall_s() > 0) {
    const double stride = static_cast<double>(plan.tp) * plan.cp * plan.dp;
    const bool far = plan.pp > 1 && stack.far_ranks() > 0 && stride >= stack.far_ranks();
    if (far || result.memory.total() > kRetryShare * problem.device->memory_gib() * (1 << 30))
      stall = stack.stall_s() * p * batches;
  }

  // Chunks that are done early reduce their gradients beside the others' last micro-batches.
  const double window = std::max(1.0, p * (v - 1) / v);
  const ReplicaCost replicas =
      CostOfReplicas(problem, stages.first_layers, layer, slowest.forward.total() * window,
                     slowest.backward.total() * window, batches);
  Breakdown& b = result.breakdown;
  const auto add = [&](const PassCost& pass) {
    b.gemm += batches * pass.gemm;
    b.attention += batches * pass.attention;
    b.elementwise += batches * (pass.elementwise + pass.overlap);
    b.layer_comm += batches * pass.comm;
    b.host += batches * (pass.total() - pass.kernels() - pass.comm);
  };
  add(slowest.forward);
  add(slowest.backward);
  b.bubble = fill;
  b.pipeline_comm = messages;
  b.replica_comm = replicas.visible;
  b.optimizer = replicas.optimizer;
  b.host += stack.host_step_us() * 1e-6 + stall;
  const double nodes = std::max(1.0, static_cast<double>(plan.tp) * plan.pp * plan.cp * plan.dp / 8);
  result.step_s =
      steady + fill + messages + replicas.visible + replicas.optimizer + stack.host_step_us() * 1e-6 + stall;
  b.straggler = result.step_s * stack.straggler() * std::sqrt(std::log2(nodes));
  result.step_s += b.straggler;
  const double gpus = static_cast<double>(plan.tp) * plan.pp * plan.cp * plan.dp;
  result.tokens_per_s_per_gpu = plan.global_batch * plan.seq_len / result.step_s / gpus;
  return result;
}

}  // namespace ringside::sim::analytic
