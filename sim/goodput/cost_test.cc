#include "sim/goodput/cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

TimeShares Useful(double useful) {
  TimeShares shares;
  shares.useful = useful;
  shares.restart = 1 - useful;
  return shares;
}

TEST(CostTest, IsArithmeticOfItsInputs) {
  TrainingJob job;
  job.gpus = 1000;
  job.step_s = 10;
  job.step_factor = 1.25;
  job.tokens_per_step = 5e6;
  job.tokens = 1e12;
  job.price_per_gpu_hour = 2;
  PowerModel power;
  power.peak_w = 700, power.idle_w = 100, power.utilisation = 0.5, power.host_w = 100, power.pue = 1.5;
  const auto cost = CostOfTraining(job, Useful(0.8), power);
  ASSERT_TRUE(cost.ok()) << cost.status();
  EXPECT_DOUBLE_EQ(cost->tokens_per_s, 4e5);
  EXPECT_DOUBLE_EQ(cost->goodput_tokens_per_s, 3.2e5);
  EXPECT_DOUBLE_EQ(cost->wall_s, 1e12 / 3.2e5);
  EXPECT_DOUBLE_EQ(cost->gpu_hours, 1000 * cost->wall_s / 3600);
  EXPECT_NEAR(cost->price, 2 * cost->gpu_hours, 1e-6);
  EXPECT_NEAR(cost->price_per_million_tokens, cost->price / 1e6, 1e-9);
  // 0.8 of the time half way between 100 and 700 W, else 100; and 100 W of host; half as much again.
  EXPECT_DOUBLE_EQ(cost->watts_per_gpu, (100 + 0.8 * 300 + 100) * 1.5);
  EXPECT_NEAR(cost->joules_per_token, cost->watts_per_gpu * 1000 / 3.2e5, 1e-9);
  EXPECT_NEAR(cost->energy_mwh, cost->watts_per_gpu * cost->gpu_hours / 1e6, 1e-6);
}

TEST(CostTest, SpareDevicesArePaidForAndIdle) {
  TrainingJob job;
  job.gpus = 100;
  job.step_s = 1;
  job.tokens_per_step = 1e6;
  job.tokens = 1e9;
  job.price_per_gpu_hour = 1;
  PowerModel power;
  power.peak_w = 400, power.idle_w = 50;
  const TrainingCost without = *CostOfTraining(job, Useful(1), power);
  job.spare_gpus = 100;
  const TrainingCost with = *CostOfTraining(job, Useful(1), power);
  EXPECT_DOUBLE_EQ(with.wall_s, without.wall_s);
  EXPECT_NEAR(with.price, 2 * without.price, 1e-9);
  EXPECT_DOUBLE_EQ(with.watts_per_gpu, (400 + 50) / 2.0);
}

TEST(CostTest, WorkThatIsLostLaterDrawsPowerToo) {
  TrainingJob job;
  job.step_s = 1;
  job.tokens_per_step = 1;
  PowerModel power;
  power.peak_w = 100;
  TimeShares shares;
  shares.useful = 0.5, shares.lost = 0.5;
  EXPECT_DOUBLE_EQ(CostOfTraining(job, shares, power)->watts_per_gpu, 100);
}

TEST(CostTest, RefusesWhatMakesNoSense) {
  TrainingJob good;
  good.step_s = 1;
  good.tokens_per_step = 1;
  ASSERT_TRUE(CostOfTraining(good, Useful(1), {}).ok());
  const auto refused = [&](double TrainingJob::*field, double value, const char* named) {
    TrainingJob job = good;
    job.*field = value;
    EXPECT_THAT(std::string(CostOfTraining(job, Useful(1), {}).status().message()),
                testing::HasSubstr(named));
  };
  refused(&TrainingJob::gpus, 0, "GPUs");
  refused(&TrainingJob::step_s, 0, "step");
  refused(&TrainingJob::tokens_per_step, -1, "tokens per step");
  refused(&TrainingJob::price_per_gpu_hour, -1, "price");
  PowerModel power;
  power.peak_w = 100, power.idle_w = 200;
  EXPECT_FALSE(CostOfTraining(good, Useful(1), power).ok());
  EXPECT_FALSE(CostOfTraining(good, Useful(0), {}).ok());
}

}  // namespace
}  // namespace ringside::sim
