#include "plan/learning_rate.h"

#include <gtest/gtest.h>

namespace ringside::plan {
namespace {

v1::OptimizerSpec Spec(int warmup, v1::LrSchedule schedule, int decay) {
  v1::OptimizerSpec spec;
  spec.set_lr(1);
  spec.set_min_lr(0.1);
  spec.set_warmup_steps(warmup);
  spec.set_lr_schedule(schedule);
  spec.set_decay_steps(decay);
  return spec;
}

TEST(LearningRate, WarmsUpInEqualSteps) {
  const v1::OptimizerSpec spec = Spec(4, v1::LR_SCHEDULE_CONSTANT, 100);
  EXPECT_EQ(LearningRate(spec, 0), 0.25);
  EXPECT_EQ(LearningRate(spec, 3), 1);
  EXPECT_EQ(LearningRate(spec, 1000), 1);
  EXPECT_EQ(LearningRate(Spec(0, v1::LR_SCHEDULE_CONSTANT, 1), 0), 1);
}

TEST(LearningRate, FollowsTheCosineAndStaysAtItsEnd) {
  const v1::OptimizerSpec spec = Spec(10, v1::LR_SCHEDULE_COSINE, 110);
  EXPECT_DOUBLE_EQ(LearningRate(spec, 10), 1);
  EXPECT_DOUBLE_EQ(LearningRate(spec, 60), 0.55);  // half way between
  EXPECT_DOUBLE_EQ(LearningRate(spec, 110), 0.1);
  EXPECT_DOUBLE_EQ(LearningRate(spec, 5000), 0.1);
  for (int step = 10; step < 110; ++step) EXPECT_GT(LearningRate(spec, step), LearningRate(spec, step + 1));
}

}  // namespace
}  // namespace ringside::plan
