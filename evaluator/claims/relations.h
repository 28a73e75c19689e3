// What is said without a figure: directions ("more micro-batches shrink the bubble", "doubling the sequence
// length quadruples the attention scores") and comparisons ("tensor parallelism across nodes is slower").
#pragma once

#include <string_view>
#include <vector>

#include "evaluator/claims/reading.h"
#include "evaluator/claims/world.h"
#include "ringside/v1/claims.pb.h"

namespace ringside::claims {

std::vector<v1::Claim> RelationsOf(std::string_view text, const SentenceReading& reading, World* world);

}  // namespace ringside::claims
