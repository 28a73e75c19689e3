#include "sim/goodput/interval.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "sim/goodput/expectation.h"

namespace ringside::sim {

double YoungInterval(double checkpoint_s, double interruption_mean_s) {
  return std::sqrt(2 * checkpoint_s * interruption_mean_s);
}

double DalyInterval(double checkpoint_s, double interruption_mean_s) {
  const double x = checkpoint_s / (2 * interruption_mean_s);
  if (x >= 1) return interruption_mean_s;
  return YoungInterval(checkpoint_s, interruption_mean_s) * (1 + std::sqrt(x) / 3 + x / 9) - checkpoint_s;
}

double CheckpointCost(const GoodputSettings& s) {
  return s.checkpoint_s + s.write_slowdown * s.write_s;
}

absl::StatusOr<std::vector<IntervalPoint>> GoodputCurve(const GoodputSettings& settings, double from_s,
                                                        double to_s, int points) {
  std::vector<IntervalPoint> curve;
  GoodputSettings s = settings;
  for (int i = 0; i < points; ++i) {
    const double at = points > 1 ? static_cast<double>(i) / (points - 1) : 0;
    s.interval_s = from_s * std::pow(to_s / from_s, at);
    RINGSIDE_ASSIGN_OR_RETURN(const TimeShares shares, ExpectedShares(s));
    curve.push_back({s.interval_s, shares});
  }
  return curve;
}

absl::StatusOr<IntervalPoint> BestInterval(const GoodputSettings& settings) {
  const double cost_s = CheckpointCost(settings);
  if (!(cost_s > 0))
    return absl::InvalidArgumentError(
        "checkpoint interval: there is no best one where a checkpoint costs nothing");
  // What the formulas say is near; a grid around it, then ever finer ones around its best point: no
  // assumption about slopes, which capacity that comes in steps would break.
  const double least_s = settings.write_s + (settings.elastic() ? settings.resize_s : 0);
  const double guess_s = YoungInterval(cost_s, settings.interruption_mean_s);
  double from_s = std::max(guess_s / 30, 1.0001 * least_s), to_s = std::max(guess_s * 30, 2 * from_s);
  IntervalPoint best;
  for (int round = 0; round < 5; ++round) {
    constexpr int kPoints = 25;
    RINGSIDE_ASSIGN_OR_RETURN(const auto curve, GoodputCurve(settings, from_s, to_s, kPoints));
    size_t at = 0;
    for (size_t i = 1; i < curve.size(); ++i)
      if (curve[i].shares.useful > curve[at].shares.useful) at = i;
    best = curve[at];
    from_s = curve[at > 0 ? at - 1 : 0].interval_s;
    to_s = curve[std::min(at + 1, curve.size() - 1)].interval_s;
  }
  return best;
}

}  // namespace ringside::sim
