// What ops cost on a device of the catalogue, by the laws of sim/gpu and the factors of a software stack.
//
//  * Products: GemmSeconds * kernel_factor (grouped_factor for experts) / sustained_clock; what a fused
//    activation or an accumulation reads and writes beside the product is a sweep. fp32 uses TF32 units where
//    the device has them.
//  * Attention: the fused law * attention_factor / sustained_clock. A hop of ring attention sees its own keys
//    causally and half of every other rank's.
//  * All else moves the bytes that the op counts, * pass_factor (experts' dispatch: expert_pass_factor,
//    optimizer: optimizer_passes), and takes a shortest kernel's time at least.
//  * Host: host_layer_us (and host_tp_layer_us) with every attention, twice backward; host_expert_us with
//    every router; host_micro_batch_us with an instruction; host_step_us with a step.
// What the program says about overlap is taken from it: the stack's shares of hidden communication are for
// the closed form (sim/analytic) alone, and what runs beside a collective is not slowed down here.
#pragma once

#include "plan/program.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::sim {

class GpuOpCosts {
 public:
  // `cluster` outlives this. `split`: tensor-parallel.
  GpuOpCosts(const GpuCluster& cluster, bool split) : cluster_(cluster), split_(split) {}

  // `op` as the compiler made it, with its bytes.
  double ComputeNs(const plan::Op& op, plan::DType real) const;
  // `kind`: a collective but kRotate; `bytes`: of the whole buffer.
  double CollectiveNs(plan::OpKind kind, const gpu::Group& group, double bytes) const;
  double MessageNs(bool same_node, double bytes) const;
  double HostNs(const plan::Op& op) const;
  double instruction_host_ns() const { return 1e3 * cluster_.stack.host_micro_batch_us(); }
  double StepNs(double clock_ns, int nodes) const;

 private:
  double GemmNs(const plan::Op& op, plan::DType real) const;
  double ExpertNs(const plan::Op& op, plan::DType real) const;
  double AttentionNs(const plan::Op& op, plan::DType real) const;
  double SweepNs(double bytes) const;

  const GpuCluster& cluster_;
  const bool split_;
};

}  // namespace ringside::sim
