// Why one plan loses against another: which part of its step costs more, or which part of its memory is too
// much.
#pragma once

#include <string>

namespace ringside::sim {

struct FoundPlan;

// "bubble +12.1 %, tp communication +5.0 %, compute -2.2 %" of the winner's step, the largest first; for a
// plan that does not fit what it needs, what of it most, and how much faster it would be. Both have exact
// figures.
std::string ReasonAgainst(const FoundPlan& plan, const FoundPlan& winner, long long memory_limit);

}  // namespace ringside::sim
