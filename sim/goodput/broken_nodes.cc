#include "sim/goodput/broken_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringside::sim {
namespace {

constexpr double kMostBroken = 10'000;

}  // namespace

BrokenNodes::BrokenNodes(const GoodputSettings& settings)
    : settings_(settings),
      mean_(settings.broken_share * settings.repair_mean_s / settings.interruption_mean_s) {}

absl::StatusOr<BrokenNodes> BrokenNodes::Create(const GoodputSettings& settings) {
  BrokenNodes nodes(settings);
  if (nodes.mean_ > kMostBroken)
    return absl::ResourceExhaustedError(fmt::format(
        "repair: {:.0f} nodes would be broken at a time, more than {:.0f}", nodes.mean_, kMostBroken));
  return nodes;
}

double BrokenNodes::Left(double t_s) const {
  return std::exp(-t_s / settings_.repair_mean_s);
}

std::vector<double> BrokenNodes::Probabilities(double t_s) const {
  const double mean = mean_ * Left(t_s), last = settings_.broken_share * Left(t_s);
  const auto most = static_cast<size_t>(std::ceil(mean + 12 * std::sqrt(mean) + 20));
  std::vector<double> poisson(most + 1), sum(most + 2);
  for (size_t i = 0; i <= most; ++i) {
    const auto n = static_cast<double>(i);
    poisson[i] = mean > 0 ? std::exp(n * std::log(mean) - mean - std::lgamma(n + 1)) : (i == 0 ? 1 : 0);
  }
  for (size_t i = 0; i <= most; ++i) {
    sum[i] += poisson[i] * (1 - last);
    sum[i + 1] += poisson[i] * last;
  }
  return sum;
}

double BrokenNodes::MoreThan(int64_t nodes, double t_s) const {
  const std::vector<double> p = Probabilities(t_s);
  double more = 0;
  for (size_t i = p.size(); i-- > 0 && static_cast<int64_t>(i) > nodes;) more += p[i];
  return more;
}

double BrokenNodes::Speed(int64_t broken) const {
  const int64_t missing = std::max<int64_t>(0, broken - settings_.spare_nodes);
  const int64_t replicas = std::max<int64_t>(0, settings_.nodes - missing) / settings_.nodes_per_replica;
  return static_cast<double>(replicas) * static_cast<double>(settings_.nodes_per_replica) /
         static_cast<double>(settings_.nodes);
}

double BrokenNodes::MeanSpeed(double t_s) const {
  const std::vector<double> p = Probabilities(t_s);
  double speed = 1;  // less what is missing: few terms are, and they are small
  for (size_t i = 0; i < p.size(); ++i) speed -= p[i] * (1 - Speed(static_cast<int64_t>(i)));
  return speed;
}

double BrokenNodes::MeanSpeedWhereChanged(double before_s, double t_s) const {
  const std::vector<double> p = Probabilities(before_s);
  const double stays = Left(t_s - before_s);  // of each broken node
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double speed_before = Speed(static_cast<int64_t>(i));
    if (speed_before >= 1 || p[i] < 1e-16) continue;
    // Binomial(i, 1 - stays) of them are repaired meanwhile.
    double repaired = std::pow(stays, static_cast<double>(i));
    double expected = 0;
    for (size_t j = 0; j <= i; ++j) {
      const double speed = Speed(static_cast<int64_t>(i - j));
      if (speed != speed_before) expected += repaired * speed;
      repaired *= static_cast<double>(i - j) / static_cast<double>(j + 1) * (1 - stays) / stays;
    }
    sum += p[i] * expected;
  }
  return sum;
}

double BrokenNodes::DiscountedStart() const {
  // By parts: 1/M * integral from detect_s of e^(-t/M) P(spares suffice at t); they do for certain later on.
  const double mean_s = settings_.interruption_mean_s, from_s = settings_.detect_s;
  const double to_s = from_s + 40 * std::min(mean_s, settings_.repair_mean_s * (1 + std::log1p(mean_)));
  constexpr int kPanels = 2000;
  const double h = (to_s - from_s) / (2 * kPanels);
  double sum = 0;
  for (int i = 0; i <= 2 * kPanels; ++i) {
    const double t_s = from_s + i * h;
    const double weight = i == 0 || i == 2 * kPanels ? 1 : (i % 2 == 1 ? 4 : 2);
    sum += weight * std::exp(-t_s / mean_s) * (1 - MoreThan(settings_.spare_nodes, t_s));
  }
  return sum * h / 3 / mean_s + std::exp(-to_s / mean_s);
}

}  // namespace ringside::sim
