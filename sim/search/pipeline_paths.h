// The length of a pipeline step in closed form: the longest of a few paths through the schedule's
// instructions, each of which the exact clock (sim/fold/pipeline_clock.h) has to go along, too. With
// durations that are no longer than the true ones it is therefore a lower bound; where stages are about even
// it is the step.
//
// Paths (p stages, m micro-batches, v chunks, t a transfer; F, B of a stage and micro-batch):
//  * through a stage s that is never idle between its first backward and its last forward: down to the last
//    stage and back up to s with the first micro-batch, s busy with all others, down and up with the last,
//    and back to the first stage;
//  * round trips: 1F1B lets p micro-batches into the pipeline, so that the first stage's forward j + p waits
//    for micro-batch j to come back;
//  * interleaved: the first micro-batch through all p * v chunks, the last stage busy ever after;
//  * GPipe: all forwards through the slowest stage, all backwards through the slowest stage;
//  * zero bubble: as 1F1B, with the weights' gradients that the order puts before the last input gradient.
#pragma once

#include <array>

#include "sim/search/stage_times.h"

namespace ringside::sim {

// By chunk of a stage, in the order of the way through the model: at most the first, one of those in the
// middle, the last; `of`: which of them chunk c is.
struct StageClock {
  ChunkTimes first, middle, last;
  int chunks = 1;
  // Sums over the chunks.
  double forward = 0, backward_first = 0, backward = 0, input = 0, input_first = 0, weight = 0,
         weight_first = 0;
};

struct PipelineShapeTimes {
  int stages = 1, micro_batches = 1, chunks = 1;
  v1::PipelineSchedule schedule = v1::SCHEDULE_1F1B;
  StageClock first, middle, last;  // stages; with one stage only `first`
  double transfer_ns = 0;          // between neighbours
  double wrap_ns = 0;              // from the last stage to the first
};

struct PipelineEnds {
  double first_ns = 0, middle_ns = 0, last_ns = 0;  // when these stages end their last instruction
};
PipelineEnds LongestPaths(const PipelineShapeTimes& times);

}  // namespace ringside::sim
