// The peak memory of a plan's fullest rank, exactly as its programs have it, from shorter programs: once a
// pipeline is full, further micro-batches add nothing, or (GPipe) the same each.
#pragma once

#include "plan/compile.h"
#include "plan/memory.h"

namespace ringside::sim {

struct PlanPeak {
  plan::PeakMemory memory;
  int stage = 0;  // of the rank
};
// Of the stages that may be the fullest: the ends, the ones beside them, and with zero bubble all.
PlanPeak PeakOfPlan(const plan::Resolved& resolved);

// Of a rank of one stage.
plan::PeakMemory PeakOfStage(const plan::Resolved& resolved, int stage);

}  // namespace ringside::sim
