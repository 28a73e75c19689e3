#include "plan/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ringside::plan {

double LearningRate(const v1::OptimizerSpec& o, int64_t step) {
  const int64_t warmup = o.warmup_steps();
  if (step < warmup) return o.lr() * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (o.lr_schedule() != v1::LR_SCHEDULE_COSINE) return o.lr();
  const double span = static_cast<double>(std::max<int64_t>(1, o.decay_steps() - warmup));
  const double done = std::min(1.0, static_cast<double>(step - warmup) / span);
  return o.min_lr() + 0.5 * (o.lr() - o.min_lr()) * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace ringside::plan
