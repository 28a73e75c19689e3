// The order of many scorecards.
#pragma once

#include <cstddef>
#include <vector>

#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

struct Ranked {
  int place = 0;     // from 1, equal totals share a place; 0: the answer could not be graded
  size_t index = 0;  // into the scorecards that were ranked
};

// Highest total first; those that could not be graded come last. Equals stand by candidate, then by their
// order in `cards`, so that the same cards always give the same order.
std::vector<Ranked> Rank(const std::vector<v1::Scorecard>& cards);

}  // namespace ringside::evaluator
