// A synchronous step lasts until its slowest rank is done.
#pragma once

#include <cstdint>

#include "sim/goodput/jitter.h"

namespace ringside::sim {

// E[the largest of `ranks` independent factors] = integral of 1 - F(x)^ranks, numerically, relative error
// below 1e-6. 1 <= ranks <= 1e9; ranks are independent of each other, steps need not be.
double ExpectedMaximum(const Jitter& jitter, double ranks);

// What jitter makes of a step: its computation waits for the slowest of `ranks`, the communication that
// nothing hides (`exposed_share` of the step) then for the slowest of `links`.
struct StepJitter {
  Jitter compute, link;
  double ranks = 1, links = 1;
  double exposed_share = 0;
};
double ExpectedStepFactor(const StepJitter& step);

// The mean of the largest factor over `steps` drawn steps, and its standard error.
struct SampledMaximum {
  double mean = 0, error = 0;
};
SampledMaximum SampleMaximum(const Jitter& jitter, int64_t ranks, int64_t steps, uint64_t seed);

}  // namespace ringside::sim
