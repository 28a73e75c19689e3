#include "sim/cost/gpu_op_costs.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "sim/gpu/attention_law.h"
#include "sim/gpu/gemm_law.h"

namespace ringside::sim {
namespace {

using plan::OpKind;

gpu::Precision PrecisionOf(plan::DType real) {
  switch (real) {
    case plan::DType::kBf16:
      return gpu::Precision::kBf16;
    case plan::DType::kF16:
      return gpu::Precision::kFp16;
    default:
      return gpu::Precision::kTf32;
  }
}

gpu::Collective CollectiveOf(OpKind kind) {
  switch (kind) {
    case OpKind::kAllReduce:
      return gpu::Collective::kAllReduce;
    case OpKind::kReduceScatter:
      return gpu::Collective::kReduceScatter;
    case OpKind::kAllGather:
      return gpu::Collective::kAllGather;
    case OpKind::kAllToAll:
      return gpu::Collective::kAllToAll;
    default:
      RINGSIDE_CHECK(false);
  }
}

double Dim(const plan::Op& op, int i) {
  return static_cast<double>(op.dims[i]);
}

}  // namespace

double GpuOpCosts::SweepNs(double bytes) const {
  return bytes / (cluster_.device.memory_gbps() * cluster_.device.elementwise_efficiency());
}

double GpuOpCosts::GemmNs(const plan::Op& op, plan::DType real) const {
  const double ns = 1e9 *
                    gpu::GemmSeconds(cluster_.device, PrecisionOf(real), Dim(op, 0), Dim(op, 1), Dim(op, 2)) *
                    cluster_.stack.kernel_factor() / cluster_.device.sustained_clock();
  const double beside = (op.Has(plan::kAccumulate) ? 1 : 0) + (op.Has(plan::kGelu) ? 1 : 0);
  return ns + SweepNs(beside * Dim(op, 0) * Dim(op, 1) * static_cast<double>(plan::SizeOf(real)));
}

double GpuOpCosts::ExpertNs(const plan::Op& op, plan::DType real) const {
  const bool weights = op.kind == OpKind::kExpertWeightGrad;
  const double experts = Dim(op, 1), n = Dim(op, 3), k = Dim(op, 4);
  const double rows = std::max(1.0, op.scalars[0] * Dim(op, 0) * Dim(op, 2) / experts);
  const double seconds = weights ? gpu::GemmSeconds(cluster_.device, PrecisionOf(real), n, k, rows, experts)
                                 : gpu::GemmSeconds(cluster_.device, PrecisionOf(real), rows, n, k, experts);
  const double added = weights && op.Has(plan::kAccumulate) ? experts * n * k : 0;
  return 1e9 * seconds * cluster_.stack.grouped_factor() / cluster_.device.sustained_clock() +
         SweepNs(added * static_cast<double>(plan::SizeOf(real)));
}

double GpuOpCosts::AttentionNs(const plan::Op& op, plan::DType real) const {
  const bool ring = op.kind == OpKind::kRingAttention || op.kind == OpKind::kRingAttentionBackward;
  const bool backward = op.kind == OpKind::kAttentionBackward || op.kind == OpKind::kRingAttentionBackward;
  gpu::AttentionShape shape;
  shape.batch = Dim(op, 0), shape.queries = shape.keys = Dim(op, 1);
  shape.heads = Dim(op, 2), shape.kv_heads = Dim(op, 3);
  shape.head_dim = shape.value_dim = Dim(op, 4);
  if (ring && op.dims[6] != op.dims[7]) {
    shape.causal = false;
    shape.keys = std::max(1.0, shape.keys / 2);
  }
  const double seconds = backward ? gpu::FusedAttentionBackwardSeconds(cluster_.device, shape)
                                  : gpu::FusedAttentionSeconds(cluster_.device, shape);
  const double wider = gpu::PeakTflops(cluster_.device, gpu::Precision::kBf16) /
                       gpu::PeakTflops(cluster_.device, PrecisionOf(real));
  return 1e9 * seconds * std::max(1.0, wider) * cluster_.stack.attention_factor() /
         cluster_.device.sustained_clock();
}

double GpuOpCosts::ComputeNs(const plan::Op& op, plan::DType real) const {
  const auto bytes = static_cast<double>(op.bytes);
  switch (op.kind) {
    case OpKind::kGemm:
      return GemmNs(op, real);
    case OpKind::kExpertGemm:
    case OpKind::kExpertWeightGrad:
      return ExpertNs(op, real);
    case OpKind::kAttention:
    case OpKind::kAttentionBackward:
    case OpKind::kRingAttention:
    case OpKind::kRingAttentionBackward:
      return AttentionNs(op, real);
    case OpKind::kJoin:
      return 0;
    case OpKind::kAdamW:
    case OpKind::kSgd:  // all tensors in one kernel
      return SweepNs(bytes * cluster_.stack.optimizer_passes());
    default:
      break;
  }
  const bool sorts = op.kind == OpKind::kDispatch || op.kind == OpKind::kCombine ||
                     op.kind == OpKind::kDispatchBackward || op.kind == OpKind::kCombineBackward;
  const double factor = sorts ? cluster_.stack.expert_pass_factor() : cluster_.stack.pass_factor();
  return std::max(1e3 * cluster_.device.kernel_us(), SweepNs(bytes * factor));
}

double GpuOpCosts::CollectiveNs(OpKind kind, const gpu::Group& group, double bytes) const {
  return 1e9 * gpu::CollectiveSeconds(cluster_.fabric(), CollectiveOf(kind), group, bytes);
}

double GpuOpCosts::MessageNs(bool same_node, double bytes) const {
  const gpu::Fabric fabric = cluster_.fabric();
  return 1e9 * gpu::PointToPointSeconds(fabric, same_node ? 0 : fabric.domain, bytes);
}

double GpuOpCosts::HostNs(const plan::Op& op) const {
  const v1::SoftwareStack& stack = cluster_.stack;
  const double layer_us = stack.host_layer_us() + (split_ ? stack.host_tp_layer_us() : 0);
  const bool merges = op.Has(plan::kAccumulate);  // a later hop of ring attention
  switch (op.kind) {
    case OpKind::kAttention:
      return 1e3 * layer_us;
    case OpKind::kRingAttention:
      return merges ? 0 : 1e3 * layer_us;
    case OpKind::kAttentionBackward:
      return 2e3 * layer_us;
    case OpKind::kRingAttentionBackward:
      return merges ? 0 : 2e3 * layer_us;
    case OpKind::kRouter:
      return 1e3 * stack.host_expert_us();
    case OpKind::kRouterBackward:
      return 2e3 * stack.host_expert_us();
    default:
      return 0;
  }
}

double GpuOpCosts::StepNs(double clock_ns, int nodes) const {
  const v1::SoftwareStack& stack = cluster_.stack;
  return (clock_ns + 1e3 * stack.host_step_us()) *
         (1 + stack.straggler() * std::sqrt(std::log2(std::max(1.0, static_cast<double>(nodes)))));
}

}  // namespace ringside::sim
