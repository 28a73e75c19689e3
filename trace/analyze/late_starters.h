// HolisticTraceAnalysis' rule for stragglers: of all kernels of communication that take at least 1 % of a
// step, the last one of each name, stream and step; of those, the name and stream whose duration differs most
// over the ranks; and of that one, per step, the two ranks that began it last. Who waits least in a
// collective came last.
#pragma once

#include <vector>

#include "trace/analyze/cross_rank.h"

namespace ringside::trace {

// Ranks that came last in some step, in most steps first; at most two. Empty: no such kernel, or no steps.
std::vector<int> LateStarters(const std::vector<const GpuTimeline*>& timelines, const CrossRank& clocks);

}  // namespace ringside::trace
