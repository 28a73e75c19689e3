// The residual net of plan/resnet/tensors.h as a Stage: the whole net on every rank, data parallel.
// Evaluation normalises by the statistics of its own micro-batch: there are no running averages.
#pragma once

#include <memory>

#include "plan/stage.h"

namespace ringside::plan {

// REQUIRES: architecture resnet. Everything in `parts` outlives the stage.
std::unique_ptr<Stage> MakeResnetStage(const StageParts& parts);

}  // namespace ringside::plan
