// The costs of a folded step on a cluster of the catalogue: ops by GpuOpCosts, groups by where their ranks
// stand.
#pragma once

#include "plan/compile.h"
#include "sim/cost/gpu_op_costs.h"
#include "sim/fold/fold_costs.h"

namespace ringside::sim {

// `nodes`: of the ranks, one each. A group that touches nodes unevenly counts as spread evenly over as many.
gpu::Group GroupOnNodes(const std::vector<int>& nodes);

class GpuFoldCosts : public FoldCosts {
 public:
  // Both outlive this.
  GpuFoldCosts(const GpuCluster& cluster, const plan::Resolved& resolved)
      : ops_(cluster, resolved.tp > 1), cluster_(cluster), r_(resolved) {}

  double ComputeNs(const plan::Op& op, plan::DType real) const override { return ops_.ComputeNs(op, real); }
  double CollectiveNs(const plan::Op& op, const plan::Program& program) const override;
  double TransferNs(int64_t bytes, int from_rank, int to_rank) const override;
  double HostNs(const plan::Op& op) const override { return ops_.HostNs(op); }
  double instruction_host_ns() const override { return ops_.instruction_host_ns(); }
  double StepNs(double clock_ns) const override;

 private:
  gpu::Group OnNodes(const plan::Group& group) const;

  const GpuOpCosts ops_;
  const GpuCluster& cluster_;
  const plan::Resolved& r_;
};

}  // namespace ringside::sim
