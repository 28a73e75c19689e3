// What the instructions of one pipeline stage do, as runs of ops: from the program of one rank of the stage
// under three micro-batches at most, of which the first assigns gradients, the second is like all others, and
// the third is the last. A step of one or two has the first and the last only, which may be the same.
#pragma once

#include <algorithm>
#include <vector>

#include "plan/compile.h"
#include "sim/fold/walk.h"

namespace ringside::sim {

struct ChunkRuns {
  std::vector<RememberedRun> forward, backward, backward_input,
      backward_weight;  // by variant; empty: not used
};

// The most micro-batches of a step that differ, and which of these one of `micro_batches` is like.
inline constexpr int kMostVariants = 3;
inline int VariantOf(int m, int micro_batches) {
  m = std::min(m, micro_batches - 1);  // evaluation is like the last
  if (micro_batches <= kMostVariants) return m;
  return m == 0 ? 0 : m == micro_batches - 1 ? 2 : 1;
}

struct StageRuns {
  std::vector<ChunkRuns> chunks;
  double begin_ns = 0;  // ops before the first instruction
  // The end of the step, op by op, since stages meet in it.
  plan::Program program;
  int32_t tail = 0;
};

// `split`: the schedule splits backward passes.
StageRuns MakeStageRuns(const plan::Resolved& resolved, int stage, bool split, const FoldCosts& costs);

}  // namespace ringside::sim
