// The learning rate of a step: linear warm-up, then constant or a cosine down to min_lr (Loshchilov and
// Hutter 2017).
#pragma once

#include <cstdint>

#include "ringside/v1/scenario.pb.h"

namespace ringside::plan {

// `optimizer` is resolved. Steps count from 0; step s of a warm-up of w steps has (s + 1) / w of the rate;
// the cosine begins after the warm-up and is at min_lr from decay_steps on.
double LearningRate(const v1::OptimizerSpec& optimizer, int64_t step);

}  // namespace ringside::plan
