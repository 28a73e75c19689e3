#pragma once

namespace ringside::sim {

// The regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0: by its series below a + 1, by its
// continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31), so that small values keep their digits.
double UpperGamma(double a, double x);

}  // namespace ringside::sim
