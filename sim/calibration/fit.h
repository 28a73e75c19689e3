// Fitting laws to measured points.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ringside::sim {

// y is about c . x.
struct Observation {
  std::array<double, 3> x{};
  double y = 0;
};

struct LinearFit {
  std::array<double, 3> c{};  // none is negative
  double residual = 0;        // median of |c . x - y| / y
};

// Least squares of the relative errors (each observation weighs the same, from microseconds to seconds) with
// coefficients that are not negative. Exact: every subset of the three coefficients is tried. y must be
// positive.
LinearFit FitNonNegative(const std::vector<Observation>& observations);

double Median(std::vector<double> values);  // 0 of nothing

}  // namespace ringside::sim
