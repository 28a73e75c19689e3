// The expected shares of the wall time over an endless run, in closed form.
//
// Interruptions renew the process, so that by the renewal-reward theorem a share is its expectation between
// two interruptions over their mean distance M. With S the probability that an interruption has not come yet:
//   useful = 1/M * sum over segments k of work_k * S(start + restart + k (interval + checkpoint) + write).
// For exponential times and nothing but blocking checkpoints this is Daly's complete model, whose wall time
// of solve time Ts is M exp(R/M) (exp((tau + delta)/M) - 1) Ts / tau (J. T. Daly, A higher order estimate of
// the optimum checkpoint interval for restart dumps, FGCS 22, 2006, eq. 20).
//
// Spare nodes: with exponential times between interruptions broken nodes are the customers of an M/M/infinity
// queue. An interruption finds a Poisson number of them, adds one with probability broken_share, and until
// the next interruption they only leave; so at time t there are Poisson(rho e^(-t/repair)) and perhaps that
// one.
#pragma once

#include "absl/status/statusor.h"
#include "sim/goodput/settings.h"

namespace ringside::sim {

// INVALID_ARGUMENT as CheckGoodput. UNIMPLEMENTED: limited spare nodes whose interruptions are not
// exponential (the simulation has no such limit). RESOURCE_EXHAUSTED: more than 1,000 nodes broken at a
// time, or so many segments between interruptions that the sum would not end.
absl::StatusOr<TimeShares> ExpectedShares(const GoodputSettings& settings);

}  // namespace ringside::sim
