// The simplex search of Nelder and Mead (1965), for fits of a handful of constants.
#pragma once

#include <functional>
#include <vector>

namespace ringside::sim::gpu {

// Minimises `loss` from `start`; `scale` is the first step along each axis. Deterministic.
std::vector<double> NelderMead(const std::function<double(const std::vector<double>&)>& loss,
                               const std::vector<double>& start, const std::vector<double>& scale,
                               int evaluations);

}  // namespace ringside::sim::gpu
