// What the instructions of one pipeline stage do, as runs of ops: from the program of one rank of the stage
// under three micro-batches, of which the first assigns gradients, the second is like all others, and the
// third is the last.
#pragma once

#include <vector>

#include "plan/compile.h"
#include "sim/fold/walk.h"

namespace ringside::sim {

struct ChunkRuns {
  enum Variant { kFirst, kMiddle, kLast };  // micro-batch
  static constexpr int kVariants = 3;
  std::vector<RememberedRun> forward, backward, backward_input,
      backward_weight;  // by variant; empty: not used
};

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
