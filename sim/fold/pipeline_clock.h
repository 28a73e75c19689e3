// A pipeline's instruction lists on a clock: what plan::ValidateSchedule proves about their order, with
// times.
//
// A transfer begins when its sender and its receiver have posted it and the transfer before it on the same
// channel has ended. What an instruction waits for, and at which of its ops, is its own affair: it is told
// when transfers end.
#pragma once

#include <functional>
#include <vector>

#include "plan/schedule.h"
#include "sim/fold/walk.h"

namespace ringside::sim {

struct PipelineTimes {
  std::vector<double> stage_end_ns;        // the walk's, by stage
  std::vector<double> in_instructions_ns;  // of each stage, with waiting inside of them
  std::vector<StreamEnds> stream_ends;     // by stage
  int64_t instructions = 0;
};

struct PipelineClock {
  const plan::PipelineShape& shape;
  const std::vector<plan::InstructionList>& lists;  // by stage; passed plan::ValidateSchedule
  // Runs an instruction that computes, from `start_ns`; returns its end.
  std::function<double(int stage, const plan::Instruction&, double start_ns, const Arrivals&, StreamEnds*)>
      execute;
  std::function<double(int from_stage, int to_stage)> transfer_ns;
  std::vector<double> begin_ns;  // by stage
};

PipelineTimes RunPipeline(const PipelineClock& clock);

}  // namespace ringside::sim
