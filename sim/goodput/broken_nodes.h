// How many nodes are broken at a time t after an interruption, given that no other has come since: a Poisson
// number of mean rho e^(-t/repair) and, with probability broken_share * e^(-t/repair), the one that the
// interruption broke. rho = broken_share * repair / mean time between interruptions.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "sim/goodput/settings.h"

namespace ringside::sim {

class BrokenNodes {
 public:
  // RESOURCE_EXHAUSTED: rho is more than 1,000. Settings as checked by CheckGoodput, spares limited.
  static absl::StatusOr<BrokenNodes> Create(const GoodputSettings& settings);

  double MoreThan(int64_t nodes, double t_s) const;  // probability

  // Of the whole job's speed, what is left after shrinking to whole replicas.
  double MeanSpeed(double t_s) const;
  // E[speed(t) * (speed(t) differs from speed(before))].
  double MeanSpeedWhereChanged(double before_s, double t_s) const;

  // For a job that waits until the spares suffice, at the earliest after detect_s: E[e^(-start / mean time
  // between interruptions)], the probability that no interruption comes first.
  double DiscountedStart() const;

 private:
  explicit BrokenNodes(const GoodputSettings& settings);
  std::vector<double> Probabilities(double t_s) const;  // of 0, 1, 2 ... broken nodes
  double Speed(int64_t broken) const;
  double Left(double t_s) const;  // e^(-t / repair)

  GoodputSettings settings_;
  double mean_ = 0;  // rho
};

}  // namespace ringside::sim
