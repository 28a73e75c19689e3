// A job of worker processes on this machine, one run of it: what a launcher does, without a coordinator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/scenario.pb.h"
#include "workers/bench/op_times.h"

namespace ringside::bench {

struct MpiJob {
  std::vector<double>
      step_s;  // of every step after the warm-up: from the last rank's end to the last rank's next
  std::map<std::string, OpTime> op_times;  // mean over the ranks
  double tokens_per_step = 0;
};

// Runs `scenario` with mpirun and `worker` (the path of ringside-worker) and waits for its end.
absl::StatusOr<MpiJob> RunMpiJob(const v1::Scenario& scenario, const std::string& worker);

}  // namespace ringside::bench
