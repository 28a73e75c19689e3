// How often to write a checkpoint.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "sim/goodput/settings.h"

namespace ringside::sim {

// The interval that loses least, to first order: sqrt(2 * checkpoint * M) (J. W. Young, A first order
// approximation to the optimum checkpoint interval, CACM 17, 1974).
double YoungInterval(double checkpoint_s, double interruption_mean_s);

// To higher order (J. T. Daly, FGCS 22, 2006, eq. 37): with x = checkpoint / (2 M),
// sqrt(2 * checkpoint * M) (1 + sqrt(x) / 3 + x / 9) - checkpoint, and M where x is 1 or more.
double DalyInterval(double checkpoint_s, double interruption_mean_s);

// What a checkpoint costs training in all: its standing and its slowdown. For the two formulas above.
double CheckpointCost(const GoodputSettings& settings);

struct IntervalPoint {
  double interval_s = 0;
  TimeShares shares;
};

// Shares at `points` intervals, evenly spaced on a logarithmic scale from `from_s` to `to_s`. Errors as
// ExpectedShares.
absl::StatusOr<std::vector<IntervalPoint>> GoodputCurve(const GoodputSettings& settings, double from_s,
                                                        double to_s, int points);

// The interval with the largest expected useful share; settings.interval_s is not read. Errors as
// ExpectedShares; INVALID_ARGUMENT where checkpoints cost nothing, for then there is no best interval.
absl::StatusOr<IntervalPoint> BestInterval(const GoodputSettings& settings);

}  // namespace ringside::sim
