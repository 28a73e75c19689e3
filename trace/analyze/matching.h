// Kernels of one collective, found on several ranks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trace/analyze/gpu_timeline.h"

namespace ringside::trace {

struct Member {
  size_t timeline;
  const GpuOp* op;
  int64_t begin_ns;  // on the absolute clock of the rank's file
  int64_t end_ns;
};

// Each has at least two members, of different timelines. Sends and receives are left out. Whether the kernels
// really ran at one time is not looked at.
struct Matches {
  std::vector<std::vector<Member>> collectives;
  int64_t unmatched = 0;
};

Matches MatchCollectives(const std::vector<const GpuTimeline*>& timelines);

}  // namespace ringside::trace
