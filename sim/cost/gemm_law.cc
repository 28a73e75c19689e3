#include "sim/cost/gemm_law.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ringside::sim {
namespace {

constexpr int kNeighbours = 8;

}  // namespace

GemmLaw::GemmLaw(const std::vector<v1::GemmPoint>& points, const v1::KernelLaw& base, int elem_bytes)
    : base_(base), elem_bytes_(elem_bytes) {
  for (const v1::GemmPoint& p : points) {
    const int use = 2 * p.trans_a() + p.trans_b();
    const Point point{std::log(p.m()), std::log(p.n()), std::log(p.k()),
                      std::log(p.ns() / Base(p.m(), p.n(), p.k()))};
    if (points_[use].empty()) low_[use] = high_[use] = point;
    for (double Point::*dim : {&Point::log_m, &Point::log_n, &Point::log_k}) {
      low_[use].*dim = std::min(low_[use].*dim, point.*dim);
      high_[use].*dim = std::max(high_[use].*dim, point.*dim);
    }
    points_[use].push_back(point);
  }
}

double GemmLaw::Base(int64_t m, int64_t n, int64_t k) const {
  const double dm = static_cast<double>(m), dn = static_cast<double>(n), dk = static_cast<double>(k);
  return base_.overhead_ns() + 2 * dm * dn * dk * base_.ns_per_flop() +
         elem_bytes_ * (dm * dk + dk * dn + dm * dn) * base_.ns_per_byte();
}

double GemmLaw::Nanoseconds(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k) const {
  const double base = Base(m, n, k);
  // A transpose that was never measured takes the points of the nearest relative that was.
  const int wanted = 2 * trans_a + trans_b;
  int use = -1;
  for (int other : {wanted, wanted ^ 1, wanted ^ 2, wanted ^ 3}) {
    if (use < 0 && !points_[other].empty()) use = other;
  }
  if (use < 0) return base;

  struct Near {
    double distance2, log_ratio;
  };
  std::array<Near, kNeighbours> nearest;
  size_t count = 0;
  const double log_m = std::clamp(std::log(m), low_[use].log_m, high_[use].log_m);
  const double log_n = std::clamp(std::log(n), low_[use].log_n, high_[use].log_n);
  const double log_k = std::clamp(std::log(k), low_[use].log_k, high_[use].log_k);
  for (const Point& p : points_[use]) {
    const double dm = p.log_m - log_m, dn = p.log_n - log_n, dk = p.log_k - log_k;
    Near near{dm * dm + dn * dn + dk * dk, p.log_ratio};
    if (near.distance2 < 1e-12) return base * std::exp(p.log_ratio);
    for (size_t i = 0; i < count; ++i) {
      if (near.distance2 < nearest[i].distance2) std::swap(near, nearest[i]);
    }
    if (count < kNeighbours) nearest[count++] = near;
  }
  double sum = 0, weights = 0;
  for (size_t i = 0; i < count; ++i) {
    const double weight = 1 / (nearest[i].distance2 * nearest[i].distance2);
    weights += weight;
    sum += weight * nearest[i].log_ratio;
  }
  return base * std::exp(sum / weights);
}

}  // namespace ringside::sim
