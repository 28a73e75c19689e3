// The process of settings.h simulated interruption by interruption. Shares no formula with expectation.h: the
// two check each other.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/goodput/settings.h"

namespace ringside::sim {

struct MonteCarloOptions {
  int runs = 100;       // 2 to 100,000
  double run_s = 0;     // wall time of each that is counted
  double warmup_s = 0;  // before it, not counted: nodes break and are repaired until their number has settled
  uint64_t seed = 1;
};

struct MonteCarloResult {
  TimeShares mean;
  std::vector<double> useful;  // of each run, ascending
  double useful_error = 0;     // standard error of mean.useful
  double interruptions = 0;    // mean number in a run
  // Half of the confidence interval of mean.useful, `z` standard errors: 1.96 for 95 %.
  double HalfWidth(double z = 1.96) const { return z * useful_error; }
};

// INVALID_ARGUMENT as CheckGoodput, and for options beyond their limits. RESOURCE_EXHAUSTED: more than 3 *
// 10^8 segments and interruptions in all.
absl::StatusOr<MonteCarloResult> SimulateGoodput(const GoodputSettings& settings,
                                                 const MonteCarloOptions& options);

}  // namespace ringside::sim
