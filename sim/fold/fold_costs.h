// What things cost where ranks that do the same are simulated as one: each rank has a device of its own, and
// all members of a collective arrive at the same time.
#pragma once

#include "plan/program.h"

namespace ringside::sim {

class FoldCosts {
 public:
  virtual ~FoldCosts() = default;

  // A compute op on an undisturbed device.
  virtual double ComputeNs(const plan::Op& op, plan::DType real) const = 0;
  // A collective of `program`, from the moment all of its members have come.
  virtual double CollectiveNs(const plan::Op& op, const plan::Program& program) const = 0;
  // A message of `bytes` between two ranks, from the moment both are ready.
  virtual double TransferNs(int64_t bytes, int from_rank, int to_rank) const = 0;
  // Between two compute ops.
  virtual double op_overhead_ns() const { return 0; }

  // What the host needs to enqueue the op, and an instruction of the pipeline beside its ops. The host runs
  // ahead of the device within an instruction: the longer of the two counts.
  virtual double HostNs(const plan::Op&) const { return 0; }
  virtual double instruction_host_ns() const { return 0; }
  // The whole step, from what the clock says; never less, and grows with it.
  virtual double StepNs(double clock_ns) const { return clock_ns; }
};

}  // namespace ringside::sim
