// What-if replay of a measured trace: its own programs on the simulator's clock, with the durations that were
// measured instead of a model's, and then with one thing changed. What a change gains is the difference to
// the replay without a change, whose own distance from the measured step says how far to trust it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::sim {

struct ReplayOptions {
  double link_factor = 2;  // how many times as fast the links become; positive
};

struct ReplayedStep {
  std::string what;  // "as measured", "no straggler", ...
  double step_s = 0;
  double speedup = 1;  // the step as measured, replayed, over this one
};

struct Replay {
  double measured_step_s = 0;  // median over the steps after the warm-up
  // First "as measured"; then, in this order:
  //  * "no straggler": each op takes the median of the ranks that execute the same ops;
  //  * "links N times as fast": those between nodes where there are several, else those inside of one;
  //  * "communication for free": what perfect overlap could hide at the most; bubbles stay.
  std::vector<ReplayedStep> steps;
  double residual() const { return steps.front().step_s / measured_step_s - 1; }
};

// INVALID_ARGUMENT: as MeasureCosts; no complete step after the warm-up, or a factor that is not positive.
absl::StatusOr<Replay> ReplayTrace(const v1::Trace& trace, const ReplayOptions& options = {});

}  // namespace ringside::sim
