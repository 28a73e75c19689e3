// Predicts a run: the same programs that the workers execute, on a virtual clock.
//
// The trace has the schema and op ids of a measured one and origin SIMULATED. Bytes and memory in it are
// exact (they follow from the programs); times are the cost models' and the machine's (sim/model). Losses are
// absent.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/trace.pb.h"
#include "sim/model/machine.h"

namespace ringside::sim {

// How the nodes of the cluster share CPU cores. kByDevice: the device "local-cpu" is this one machine, its
// nodes are virtual (network namespaces) and share its cores; any other device's nodes have cores of their
// own.
enum class CoreSharing { kByDevice, kPerNode, kOneHost };

struct SimulateRequest {
  std::vector<plan::Program> programs;  // by rank
  v1::DeviceProfile profile;            // sim/profile.h
  v1::ClusterSpec cluster;
  std::vector<v1::Fault> faults;
  v1::Scenario scenario;  // recorded in the trace; empty: none
  int steps = 0;          // 0: three after the warm-up, but not more than the run has
  CoreSharing core_sharing = CoreSharing::kByDevice;
};

// INVALID_ARGUMENT: nothing to execute, a profile without what is needed, a fault that names no node, or one
// that ends the run (kill_rank, hang_rank): there is no step time to predict then.
// FAILED_PRECONDITION: deadlock.
absl::StatusOr<v1::Trace> Simulate(const SimulateRequest& request);

// The same without the trace: the times alone, for searches.
absl::StatusOr<Timeline> SimulateTimes(const SimulateRequest& request);

// Median over the steps after `warmup` of the time from the first rank's start to the last rank's end of a
// step, measured from the end of the step before: what a step costs in a steady run. 0: no such step.
int64_t SteadyStepNs(const Timeline& timeline, int warmup);

}  // namespace ringside::sim
