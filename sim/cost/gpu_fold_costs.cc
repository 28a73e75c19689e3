#include "sim/cost/gpu_fold_costs.h"

#include <algorithm>

#include "plan/mesh.h"

namespace ringside::sim {

gpu::Group GroupOnNodes(const std::vector<int>& nodes) {
  std::vector<int> sorted;
  const std::vector<int>* seen = &nodes;
  if (!std::is_sorted(nodes.begin(), nodes.end())) {
    sorted = nodes;
    std::sort(sorted.begin(), sorted.end());
    seen = &sorted;
  }
  int distinct = 1;
  for (size_t i = 1; i < seen->size(); ++i) distinct += (*seen)[i] != (*seen)[i - 1] ? 1 : 0;
  const auto ranks = static_cast<double>(nodes.size());
  return {ranks, ranks / distinct};
}

gpu::Group GpuFoldCosts::OnNodes(const plan::Group& group) const {
  std::vector<int> nodes;
  nodes.reserve(group.ranks.size());
  for (const int32_t rank : group.ranks) nodes.push_back(plan::NodeOf(r_, rank));
  return GroupOnNodes(nodes);
}

double GpuFoldCosts::CollectiveNs(const plan::Op& op, const plan::Program& program) const {
  const plan::DType dtype = program.buffers[op.operands[0].buffer].dtype;
  const auto bytes = static_cast<double>(op.dims[0] * plan::SizeOf(dtype));
  const gpu::Group group = OnNodes(program.groups[op.group]);
  // The slowest hop of the ring.
  if (op.kind == plan::OpKind::kRotate) return ops_.MessageNs(group.domains() <= 1, bytes);
  return ops_.CollectiveNs(op.kind, group, bytes);
}

double GpuFoldCosts::TransferNs(int64_t bytes, int from_rank, int to_rank) const {
  const bool same = plan::NodeOf(r_, from_rank) == plan::NodeOf(r_, to_rank);
  return ops_.MessageNs(same, static_cast<double>(bytes)) + 1e3 * cluster_.stack.host_pipeline_us();
}

double GpuFoldCosts::StepNs(double clock_ns) const {
  return ops_.StepNs(clock_ns, r_.scenario.cluster().nodes());
}

}  // namespace ringside::sim
