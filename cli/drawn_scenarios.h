// Plans drawn at random that a machine of a few cores can run: what predictions are held to.
#pragma once

#include <cstdint>
#include <vector>

#include "ringside/v1/scenario.pb.h"

namespace ringside::cli {

// gpt2-tiny on one to four ranks, 8 sequences a step: dp, tp, pp, ZeRO with its groups, schedule,
// interleaving, micro-batch, recomputation, sequence parallelism, buckets and overlap. Every second one has
// several ranks, spread over virtual nodes whose links carry 0.5 to 5 Gbit/s. The same for the same seed.
std::vector<v1::Scenario> DrawScenarios(int count, uint64_t seed);

}  // namespace ringside::cli
