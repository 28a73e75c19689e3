#include "sim/goodput/broken_nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringside::sim {
namespace {

constexpr double kMostBroken = 1000;
constexpr double kNegligible = 1e-17;

// Calls visit(k, probability) for the k out of n that are likely enough to matter, outwards from the
// likeliest, so that nothing underflows on the way.
template <typename Visit>
void ForEachBinomial(int64_t n, double p, Visit visit) {
  if (p <= 0 || p >= 1) return visit(p <= 0 ? 0 : n, 1.0);
  const auto total = static_cast<double>(n);
  const auto mode = std::min(n, static_cast<int64_t>((total + 1) * p));
  const auto m = static_cast<double>(mode);
  const double top = std::exp(std::lgamma(total + 1) - std::lgamma(m + 1) - std::lgamma(total - m + 1) +
                              m * std::log(p) + (total - m) * std::log1p(-p));
  const double odds = p / (1 - p);
  double probability = top;
  for (int64_t k = mode; k <= n && probability > kNegligible; ++k) {
    visit(k, probability);
    probability *= odds * static_cast<double>(n - k) / static_cast<double>(k + 1);
  }
  probability = top;
  for (int64_t k = mode; k > 0; --k) {
    probability *= static_cast<double>(k) / (odds * static_cast<double>(n - k + 1));
    if (probability <= kNegligible) break;
    visit(k - 1, probability);
  }
}

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
  // From its largest term outwards, so that nothing underflows on the way.
  const auto mode = static_cast<size_t>(mean);
  const auto n = static_cast<double>(mode);
  poisson[mode] = mean > 0 ? std::exp(n * std::log(mean) - mean - std::lgamma(n + 1)) : 1;
  for (size_t i = mode; i < most; ++i) poisson[i + 1] = poisson[i] * mean / static_cast<double>(i + 1);
  for (size_t i = mode; i > 0; --i) poisson[i - 1] = poisson[i] * static_cast<double>(i) / mean;
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
    double expected = 0;
    ForEachBinomial(static_cast<int64_t>(i), stays, [&](int64_t broken, double probability) {
      const double speed = Speed(broken);
      if (speed != speed_before) expected += probability * speed;
    });
    sum += p[i] * expected;
  }
  return sum;
}

double BrokenNodes::DiscountedStart() const {
  // By parts: 1/M * integral from detect_s of e^(-t/M) P(spares suffice at t); they do for certain later on.
  const double mean_s = settings_.interruption_mean_s, from_s = settings_.detect_s;
  const double to_s = from_s + 40 * std::min(mean_s, settings_.repair_mean_s * (1 + std::log1p(mean_)));
  constexpr int kPanels = 500;
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
