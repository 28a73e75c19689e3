#include "sim/goodput/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/status_macros.h"
#include "sim/goodput/broken_nodes.h"

namespace ringside::sim {
namespace {

constexpr double kNegligible = 1e-12;
constexpr int kMostSegments = 5'000'000;

// P(no interruption by t) of a Weibull law with mean `mean_s`.
class Survival {
 public:
  Survival(double mean_s, double shape) : shape_(shape), scale_s_(mean_s / std::tgamma(1 + 1 / shape)) {}
  double operator()(double t_s) const { return std::exp(-std::pow(t_s / scale_s_, shape_)); }

 private:
  double shape_, scale_s_;
};

double Simpson(const std::function<double(double)>& f, double from, double to, int panels) {
  const double h = (to - from) / (2 * panels);
  double sum = f(from) + f(to);
  for (int i = 1; i < 2 * panels; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(from + i * h);
  return sum * h / 3;
}

// Integral of the survival function: expected time that is spent in a phase from..to.
double Spent(const Survival& survival, double from_s, double to_s, double mean_s) {
  if (to_s <= from_s) return 0;
  // In the root of time, where laws with a shape below one are smooth at 0, too.
  const auto f = [&](double u) { return 2 * u * survival(u * u); };
  const double end_s = std::min(to_s, 1e4 * mean_s);
  return Simpson(f, std::sqrt(from_s), std::sqrt(end_s), 2000);
}

// What is done in segments, of those that come to their end: sums over segments of seconds * survival.
struct Segments {
  double work = 0, checkpoint = 0, slowdown = 0, shrunk = 0;
};

double Slowdown_s(const GoodputSettings& s, int segment) {
  return segment == 0 ? 0 : s.write_slowdown * s.write_s;
}

// Whole job in every segment; the k-th is safe at `first_s` + k * period.
absl::StatusOr<Segments> WholeSegments(const GoodputSettings& s, const Survival& survival, double begin_s) {
  Segments sums;
  const double period_s = s.interval_s + s.checkpoint_s;
  for (int k = 0;; ++k) {
    const double safe = survival(begin_s + (k + 1) * period_s + s.write_s);
    sums.work += safe * (s.interval_s - Slowdown_s(s, k));
    sums.slowdown += safe * Slowdown_s(s, k);
    sums.checkpoint += safe * s.checkpoint_s;
    if (safe < kNegligible) return sums;
    if (k == kMostSegments)
      return absl::ResourceExhaustedError(fmt::format(
          "checkpoint interval: more than {} checkpoints between two interruptions", kMostSegments));
  }
}

// As WholeSegments, for exponential times: a geometric series. `safe`: probability that the first is.
Segments GeometricSegments(const GoodputSettings& s, double safe, bool first_writes_beside) {
  const double ratio = std::exp(-(s.interval_s + s.checkpoint_s) / s.interruption_mean_s);
  const double all = safe / (1 - ratio);
  const double slowed = first_writes_beside ? all : all * ratio;
  Segments sums;
  sums.slowdown = slowed * s.write_slowdown * s.write_s;
  sums.work = all * s.interval_s - sums.slowdown;
  sums.checkpoint = all * s.checkpoint_s;
  return sums;
}

// Segments at the size that the nodes allow at the beginning of each.
absl::StatusOr<Segments> ElasticSegments(const GoodputSettings& s, const BrokenNodes& broken,
                                         double begin_s) {
  Segments sums;
  const double mean_s = s.interruption_mean_s, period_s = s.interval_s + s.checkpoint_s;
  for (int k = 0;; ++k) {
    const double at_s = begin_s + k * period_s;
    const double safe = std::exp(-(at_s + period_s + s.write_s) / mean_s);
    if (safe < kNegligible) return sums;
    // Whole at this segment's beginning and at the one before, which it would have grown from.
    if (broken.MoreThan(s.spare_nodes, k > 0 ? at_s - period_s : at_s) < kNegligible) {
      const Segments rest = GeometricSegments(s, safe, k > 0);
      sums.work += rest.work, sums.checkpoint += rest.checkpoint, sums.slowdown += rest.slowdown;
      return sums;
    }
    if (k == kMostSegments / 100)
      return absl::ResourceExhaustedError("checkpoint interval: too short for a job that shrinks and grows");
    const double full_s = s.interval_s - Slowdown_s(s, k);
    double work_s = full_s * broken.MeanSpeed(at_s);
    if (k > 0) work_s -= s.resize_s * broken.MeanSpeedWhereChanged(at_s - period_s, at_s);
    sums.work += safe * work_s;
    sums.shrunk += safe * (full_s - work_s);
    sums.slowdown += safe * Slowdown_s(s, k);
    sums.checkpoint += safe * s.checkpoint_s;
  }
}

}  // namespace

absl::StatusOr<TimeShares> ExpectedShares(const GoodputSettings& s) {
  RINGSIDE_RETURN_IF_ERROR(CheckGoodput(s));
  const double mean_s = s.interruption_mean_s;
  const Survival survival(mean_s, s.weibull_shape);
  const bool limited =
      s.spare_nodes != GoodputSettings::kUnlimited && s.broken_share > 0 && s.repair_mean_s > 0;
  TimeShares shares;
  Segments segments;
  double training_s = 0;  // expected, between two interruptions
  if (!limited) {
    const double begin_s = s.detect_s + s.restart_s;
    shares.detection = Spent(survival, 0, s.detect_s, mean_s) / mean_s;
    shares.restart = Spent(survival, s.detect_s, begin_s, mean_s) / mean_s;
    training_s = mean_s * (1 - shares.detection - shares.restart);
    if (s.weibull_shape == 1) {
      const double first_s = begin_s + s.interval_s + s.checkpoint_s + s.write_s;
      segments = GeometricSegments(s, survival(first_s), false);
    } else {
      RINGSIDE_ASSIGN_OR_RETURN(segments, WholeSegments(s, survival, begin_s));
    }
  } else {
    if (s.weibull_shape != 1)
      return absl::UnimplementedError("limited spare nodes need exponential interruptions in closed form");
    RINGSIDE_ASSIGN_OR_RETURN(const BrokenNodes broken, BrokenNodes::Create(s));
    // P(no interruption until the restart begins): the job waits where it may not shrink.
    const double detected = std::exp(-s.detect_s / mean_s);
    const double started = s.elastic() ? detected : broken.DiscountedStart();
    const double restarted = started * std::exp(-s.restart_s / mean_s);
    shares.detection = 1 - detected;
    shares.waiting = detected - started;
    shares.restart = started - restarted;
    training_s = mean_s * restarted;
    if (s.elastic()) {
      RINGSIDE_ASSIGN_OR_RETURN(segments, ElasticSegments(s, broken, s.detect_s + s.restart_s));
    } else {
      const double until_safe_s = s.interval_s + s.checkpoint_s + s.write_s;
      segments = GeometricSegments(s, restarted * std::exp(-until_safe_s / mean_s), false);
    }
  }
  shares.useful = segments.work / mean_s;
  shares.checkpoint = segments.checkpoint / mean_s;
  shares.slowdown = segments.slowdown / mean_s;
  shares.shrunk = segments.shrunk / mean_s;
  shares.lost = std::max(
      0.0, training_s / mean_s - shares.useful - shares.checkpoint - shares.slowdown - shares.shrunk);
  if (s.maintenance_every_s > 0) {
    const double stopped = s.maintenance_s / s.maintenance_every_s, runs = 1 - stopped;
    for (double* share : {&shares.useful, &shares.checkpoint, &shares.slowdown, &shares.lost,
                          &shares.detection, &shares.waiting, &shares.restart, &shares.shrunk})
      *share *= runs;
    shares.maintenance = stopped;
  }
  return shares;
}

}  // namespace ringside::sim
