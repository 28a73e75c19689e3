// Every plan of the residual net computes the same mathematics as long as the same samples are normalised
// together: micro_batch * dp is the same, and statistics are synchronised (docs/numerics.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/parity/exactness.h"
#include "tests/parity/gather.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr int kTogether = 4, kMicroBatches = 2;

struct Outcome {
  std::vector<double> losses;
  std::map<int, Tensor> model;
};

// Derived in docs/numerics.md.
struct Tolerances {
  double loss, tensors;
};
constexpr Tolerances kFp64{1e-10, 1e-10}, kFp32{1e-5, 1e-4};

v1::Scenario ScenarioOf(const plan::Layout& layout, v1::Precision precision) {
  v1::Scenario scenario = plan::ScenarioOf(layout, "resnet-nano");
  scenario.mutable_plan()->set_precision(precision);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(4), run->set_warmup(0), run->set_seed(1234), run->set_keep_weights(true);
  run->set_eval_micro_batches(1);
  run->mutable_optimizer()->set_kind(v1::OPTIMIZER_SGD);
  run->mutable_optimizer()->set_lr(0.02);
  return scenario;
}

Outcome RunScenario(const v1::Scenario& scenario) {
  const auto programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status();
  if (!programs.ok()) return {};
  const auto trace = workers::RunInThreads(*programs, {});
  EXPECT_TRUE(trace.ok()) << trace.status();
  if (!trace.ok()) return {};
  ExpectExact(*programs, *trace);
  const auto model = GatherModel(*programs, *trace);
  EXPECT_TRUE(model.ok()) << model.status();
  return {LossesOf(*trace).value_or(std::vector<double>{}), model.value_or(std::map<int, Tensor>{})};
}

plan::Layout DrawDataParallel(std::mt19937_64& rng) {
  const auto draw = [&rng](int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng); };
  plan::Layout layout;
  layout.dp = 1 << draw(0, 2);
  layout.micro_batch = kTogether / layout.dp, layout.micro_batches = kMicroBatches;
  layout.schedule = draw(0, 1) == 0 ? v1::SCHEDULE_GPIPE : v1::SCHEDULE_1F1B;
  layout.overlap = draw(0, 1) == 0;
  layout.bucket_mib = draw(0, 1) == 0 ? 0.01 : 4;
  layout.zero = draw(0, 3);
  layout.algorithm = static_cast<v1::CollectiveAlgorithm>(draw(v1::ALGORITHM_AUTO, v1::ALGORITHM_TREE));
  if (layout.zero > 0) layout.zero_group = 1 << draw(0, std::countr_zero(static_cast<unsigned>(layout.dp)));
  return layout;
}

void CheckRandomPlans(v1::Precision precision, uint64_t seed, const Tolerances& tolerances) {
  const Outcome single =
      RunScenario(ScenarioOf({.micro_batch = kTogether, .micro_batches = kMicroBatches}, precision));
  ASSERT_EQ(single.losses.size(), 4u);
  std::mt19937_64 rng(seed);
  double largest_loss = 0, largest = 0;
  for (int i = 0; i < 12; ++i) {
    const plan::Layout layout = DrawDataParallel(rng);
    SCOPED_TRACE(fmt::format("plan {} of seed {}: {}", i, seed, ToString(layout)));
    const Outcome outcome = RunScenario(ScenarioOf(layout, precision));
    ASSERT_EQ(outcome.losses.size(), single.losses.size());
    ASSERT_EQ(outcome.model.size(), single.model.size());
    for (size_t step = 0; step < single.losses.size(); ++step) {
      const double distance = std::abs(outcome.losses[step] / single.losses[step] - 1);
      largest_loss = std::max(largest_loss, distance);
      EXPECT_LE(distance, tolerances.loss) << "step " << step;
    }
    for (const auto& [id, tensor] : single.model) {
      const Tensor& mine = outcome.model.at(id);
      const double distance = std::max(RelativeDistance(mine.grads, tensor.grads),
                                       RelativeDistance(mine.weights, tensor.weights));
      largest = std::max(largest, distance);
      EXPECT_LE(distance, tolerances.tensors) << tensor.name;
    }
    if (testing::Test::HasFailure()) return;
  }
  fmt::print("largest distances: loss {:.1e}, gradients and weights {:.1e}\n", largest_loss, largest);
}

TEST(ResnetParity, RandomPlansInFp64) {
  CheckRandomPlans(v1::PRECISION_FP64, 3, kFp64);
}

TEST(ResnetParity, RandomPlansInFp32) {
  CheckRandomPlans(v1::PRECISION_FP32, 4, kFp32);
}

TEST(ResnetParity, WhatIsNormalisedTogetherDecidesTheLoss) {
  const auto first_loss = [](int dp, bool sync, bool defect) {
    v1::Scenario scenario = ScenarioOf(
        {.dp = dp, .micro_batch = kTogether / dp, .micro_batches = kMicroBatches}, v1::PRECISION_FP64);
    scenario.mutable_plan()->set_sync_batch_norm(sync);
    if (defect) scenario.add_faults()->mutable_defect()->set_kind(v1::DEFECT_BATCH_NORM_UNSYNCED);
    return RunScenario(scenario).losses.at(0);
  };
  const double single = first_loss(1, true, false);
  EXPECT_NEAR(first_loss(2, true, false), single, 1e-10);
  const double unsynchronised = first_loss(2, false, false);
  EXPECT_GT(std::abs(unsynchronised - single), 1e-3);
  EXPECT_EQ(first_loss(2, true, true), unsynchronised);
  EXPECT_EQ(first_loss(1, false, false), single);
}

// With weights that hardly move, the loss tells which images a step saw.
TEST(ResnetParity, AFiniteDataSetBeginsAgain) {
  v1::Scenario scenario =
      ScenarioOf({.dp = 2, .micro_batch = 2, .micro_batches = kMicroBatches}, v1::PRECISION_FP64);
  scenario.mutable_run()->mutable_optimizer()->set_lr(1e-100);
  const std::vector<double> endless = RunScenario(scenario).losses;
  scenario.mutable_run()->set_dataset_samples(16);  // two steps
  const std::vector<double> repeated = RunScenario(scenario).losses;
  ASSERT_EQ(repeated.size(), 4u);
  EXPECT_EQ(repeated[0], endless[0]);
  EXPECT_EQ(repeated[1], endless[1]);
  EXPECT_EQ(repeated[2], repeated[0]);
  EXPECT_EQ(repeated[3], repeated[1]);
  EXPECT_NE(endless[2], endless[0]);
}

TEST(ResnetParity, TheLossFalls) {
  for (const auto precision : {v1::PRECISION_FP32, v1::PRECISION_BF16, v1::PRECISION_FP16}) {
    v1::Scenario scenario = ScenarioOf({.dp = 2, .micro_batch = 8, .zero = 1}, precision);
    scenario.mutable_run()->set_steps(40);
    scenario.mutable_run()->mutable_optimizer()->set_kind(v1::OPTIMIZER_ADAMW);
    scenario.mutable_run()->mutable_optimizer()->set_lr(1e-2);
    const std::vector<double> losses = RunScenario(scenario).losses;
    ASSERT_EQ(losses.size(), 40u);
    EXPECT_NEAR(losses.front(), std::log(10.0), 0.5);
    EXPECT_LT(losses.back(), 0.7 * losses.front()) << v1::Precision_Name(precision);
  }
}

}  // namespace
}  // namespace ringside::parity
