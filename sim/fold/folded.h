// A step of a plan of any size in the time of its distinct stages: ranks of a stage that differ in dp, cp and
// tp alone do the same at the same time, so one of them stands for all. The ops are those of the programs
// that workers execute (stage_runs.h), the order is that of the schedule's instructions, the clock is exact
// for both; memory and time do not depend on how many replicas there are.
//
// To the nanosecond what walking all ranks gives where all replicas do the same at the same time and nothing
// of one instruction waits in another (folded_test). Where it differs: replicas that own unequal shards
// (ZeRO), a chunk of a ring that is longer than the others, and an op that waits for communication of an
// earlier instruction, which waits for the whole stream up to then (streams are FIFO, and such waits are for
// its latest op); all within 2 % on clusters small enough to see. Faults of single ranks are not in it.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/compile.h"
#include "sim/fold/fold_costs.h"
#include "sim/fold/walk.h"

namespace ringside::sim {

// Where the time of a stage's ranks goes; with idle_ns it adds up to FoldedStep::clock_ns.
struct FoldedStage {
  WalkTimes times;
  double idle_ns = 0;  // waits for other stages, and for communication that an instruction left behind
  double pipeline_end_ns = 0;  // when the last instruction has ended
};

struct FoldedStep {
  double step_ns = 0;
  double clock_ns = 0;  // the same without what FoldCosts::StepNs adds
  std::vector<FoldedStage> stages;
  int64_t instructions = 0;  // that were clocked, of all stages
};

// INVALID_ARGUMENT: faults of single ranks (a straggler) are not folded.
absl::StatusOr<FoldedStep> SimulateFolded(const plan::Resolved& resolved, const FoldCosts& costs);

}  // namespace ringside::sim
