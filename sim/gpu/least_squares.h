// Damped least squares (Levenberg-Marquardt) with a robust loss and priors, for the fits of the catalogue.
#pragma once

#include <functional>
#include <vector>

namespace ringside::sim::gpu {

// Least of  sum_i weights[i] * |r_i(x)| / 0.1  +  1/2 sum_j ((x_j - priors[j]) / spreads[j])^2,  the absolute
// value rounded below 0.03, by numeric derivatives from `priors` on. `residuals` has one entry per weight.
std::vector<double> RobustLeastSquares(
    const std::function<std::vector<double>(const std::vector<double>&)>& residuals,
    const std::vector<double>& weights, const std::vector<double>& priors,
    const std::vector<double>& spreads);

}  // namespace ringside::sim::gpu
