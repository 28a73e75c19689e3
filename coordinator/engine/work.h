// What a submission asks to be run: its programs, and all the coordinator must know to run them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/core/types.h"
#include "plan/program.h"
#include "ringside/v1/coordinator.pb.h"

namespace ringside::coordinator {

struct Work {
  std::string name;
  JobSpec spec;
  std::vector<plan::Program> programs;  // by rank
  v1::Scenario scenario;                // resolved; empty for a bare program set
  bool has_scenario = false;
  v1::ClusterSpec cluster;
  std::vector<v1::Fault> faults;
};

// Compiles the scenario, or checks the programs one by one and as a set. INVALID_ARGUMENT names field and
// reason; also for more than `max_ranks` ranks, and for a cluster whose device is not of this machine.
absl::StatusOr<Work> PrepareWork(const v1::SubmitRequest& request, int max_ranks);

}  // namespace ringside::coordinator
