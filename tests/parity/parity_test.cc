// Every plan computes the same mathematics: random layouts against the single-rank run. The tolerances are
// derived in docs/numerics.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/parity/exactness.h"
#include "tests/parity/gather.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr int kGlobalBatch = 8;

constexpr double kFp64Tolerance = 1e-10;
constexpr double kFp32LossTolerance = 1e-5;
constexpr double kFp32GradTolerance = 2e-5;
constexpr double kFp32WeightTolerance = 2e-5;  // a bias is a sum of gradients

constexpr double kBf16LossTolerance = 1e-3;
constexpr double kBf16Tolerance = 4e-2;
constexpr double kFp16LossTolerance = kBf16LossTolerance / 8;  // three bits more
constexpr double kFp16Tolerance = kBf16Tolerance / 8;

struct Outcome {
  std::vector<double> losses;
  std::map<int, Tensor> model;
};

enum class Mode { kFp64AdamW, kFp32AdamW, kFp32Sgd, kBf16Sgd, kFp16Sgd };

v1::Precision PrecisionOf(Mode mode) {
  switch (mode) {
    case Mode::kFp64AdamW:
      return v1::PRECISION_FP64;
    case Mode::kBf16Sgd:
      return v1::PRECISION_BF16;
    case Mode::kFp16Sgd:
      return v1::PRECISION_FP16;
    default:
      return v1::PRECISION_FP32;
  }
}

bool IsNarrow(Mode mode) {
  return mode == Mode::kBf16Sgd || mode == Mode::kFp16Sgd;
}

bool UsesSgd(Mode mode) {
  return mode != Mode::kFp64AdamW && mode != Mode::kFp32AdamW;
}

// A model and what it trains with; plans are drawn for each in turn.
struct Family {
  const char* name;
  const char* preset;
  plan::LayoutLimits limits;
  double dropout = 0;
  double grad_clip = 0;
  double capacity_factor = 0;
};

const std::vector<Family>& Families() {
  static const auto* const kFamilies = new std::vector<Family>{
      {"gpt2", "gpt2-nano", {}},
      {"llama", "llama-nano", {.heads = 2}, 0, 0.5},  // 2 key/value heads; clipped at every step
      {"moe", "moe-nano", {.experts = 4}, 0.1, 0.5},
      {"gpt2 dropout", "gpt2-nano", {}, 0.1},
      {"moe capacity", "moe-nano", {.experts = 4, .context_parallel = false}, 0, 0, 1.0},
  };
  return *kFamilies;
}

v1::Scenario ScenarioOf(const Family& family, const plan::Layout& layout, Mode mode) {
  v1::Scenario scenario = plan::ScenarioOf(layout, family.preset);
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_vocab(251);  // a prime: uneven vocabulary shards
  model->set_seq_len(16);
  model->set_dropout(family.dropout);
  if (family.limits.experts > 0) model->set_capacity_factor(family.capacity_factor);
  scenario.mutable_plan()->set_precision(PrecisionOf(mode));
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(4);
  run->set_warmup(0);
  run->set_seed(1234);
  run->set_keep_weights(true);
  v1::OptimizerSpec* optimizer = run->mutable_optimizer();
  optimizer->set_kind(UsesSgd(mode) ? v1::OPTIMIZER_SGD : v1::OPTIMIZER_ADAMW);
  optimizer->set_lr(UsesSgd(mode) ? 0.1 : 1e-3);
  optimizer->set_grad_clip(family.grad_clip);
  optimizer->set_warmup_steps(2);
  optimizer->set_lr_schedule(v1::LR_SCHEDULE_COSINE);
  return scenario;
}

Outcome RunPlan(const Family& family, const plan::Layout& layout, Mode mode) {
  const auto programs = plan::Compile(ScenarioOf(family, layout, mode));
  EXPECT_TRUE(programs.ok()) << programs.status();
  if (!programs.ok()) return {};
  const auto trace = workers::RunInThreads(*programs, {});
  EXPECT_TRUE(trace.ok()) << trace.status();
  if (!trace.ok()) return {};
  ExpectExact(*programs, *trace);
  const auto model = GatherModel(*programs, *trace);
  EXPECT_TRUE(model.ok()) << model.status();
  const auto losses = LossesOf(*trace);
  EXPECT_TRUE(losses.ok()) << losses.status();
  return {losses.value_or(std::vector<double>{}), model.value_or(std::map<int, Tensor>{})};
}

// The largest distances seen over a test's plans, printed at its end: how much of the tolerance is used.
struct Largest {
  double loss = 0, grad = 0, weight = 0;
};

void ExpectSame(const Outcome& outcome, const Outcome& single, double loss_tolerance, double grad_tolerance,
                double weight_tolerance, Largest* largest) {
  ASSERT_EQ(outcome.losses.size(), single.losses.size());
  for (size_t step = 0; step < single.losses.size(); ++step) {
    const double distance = std::abs(outcome.losses[step] - single.losses[step]) / single.losses[step];
    largest->loss = std::max(largest->loss, distance);
    EXPECT_LE(distance, loss_tolerance) << "step " << step;
  }
  ASSERT_EQ(outcome.model.size(), single.model.size());
  for (const auto& [id, tensor] : single.model) {
    const Tensor& mine = outcome.model.at(id);
    const double grad = RelativeDistance(mine.grads, tensor.grads);
    const double weight = RelativeDistance(mine.weights, tensor.weights);
    largest->grad = std::max(largest->grad, grad), largest->weight = std::max(largest->weight, weight);
    EXPECT_LE(grad, grad_tolerance) << "gradient of " << tensor.name;
    EXPECT_LE(weight, weight_tolerance) << "weights of " << tensor.name;
  }
}

// How many plans: the slow suite draws more (its own binary).
int Plans() {
  const char* plans = std::getenv("RINGSIDE_PARITY_PLANS");
  return plans == nullptr ? 30 : std::atoi(plans);
}

// Every family meets every algorithm of all-reduce in turn.
v1::CollectiveAlgorithm AlgorithmOf(int plan) {
  const int turn = plan / static_cast<int>(Families().size());
  return static_cast<v1::CollectiveAlgorithm>(v1::ALGORITHM_AUTO +
                                              turn % (v1::ALGORITHM_TREE - v1::ALGORITHM_AUTO + 1));
}

void CheckRandomPlans(Mode mode, uint64_t seed, double loss_tolerance, double grad_tolerance,
                      double weight_tolerance) {
  std::vector<Outcome> singles;
  for (const Family& family : Families()) {
    singles.push_back(RunPlan(family, {.micro_batch = kGlobalBatch}, mode));
    ASSERT_FALSE(singles.back().losses.empty());
  }
  Largest largest;
  std::mt19937_64 rng(seed);
  for (int i = 0; i < Plans(); ++i) {
    const size_t which = i % Families().size();
    const Family& family = Families()[which];
    // In few bits rounding decides which expert a token goes to: another expert is another result.
    if (family.limits.experts > 0 && IsNarrow(mode)) continue;
    plan::Layout layout = plan::DrawLayout(rng, family.limits);
    layout.algorithm = AlgorithmOf(i);
    SCOPED_TRACE(fmt::format("plan {} of seed {}: {}, {}", i, seed, family.name, ToString(layout)));
    ExpectSame(RunPlan(family, layout, mode), singles[which], loss_tolerance, grad_tolerance,
               weight_tolerance, &largest);
    if (testing::Test::HasFailure()) return;
  }
  fmt::print("largest distances over {} plans: loss {:.1e}, gradients {:.1e}, weights {:.1e}\n", Plans(),
             largest.loss, largest.grad, largest.weight);
}

TEST(Parity, RandomPlansInFp64OnReferenceKernels) {
  CheckRandomPlans(Mode::kFp64AdamW, 64, kFp64Tolerance, kFp64Tolerance, kFp64Tolerance);
}

TEST(Parity, RandomPlansInFp32UnderSgd) {
  CheckRandomPlans(Mode::kFp32Sgd, 32, kFp32LossTolerance, kFp32GradTolerance, kFp32WeightTolerance);
}

TEST(Parity, RandomPlansInFp32UnderAdamWKeepTheLoss) {
  // Adam divides near-zero gradients by their own size, so rounding decides the sign of such an update: the
  // loss is compared, the weights are not (docs/numerics.md).
  const double none = std::numeric_limits<double>::infinity();
  CheckRandomPlans(Mode::kFp32AdamW, 33, kFp32LossTolerance, none, none);
}

TEST(Parity, RandomPlansInBf16) {
  CheckRandomPlans(Mode::kBf16Sgd, 16, kBf16LossTolerance, kBf16Tolerance, kBf16Tolerance);
}

TEST(Parity, RandomPlansInFp16UnderALossScale) {
  CheckRandomPlans(Mode::kFp16Sgd, 17, kFp16LossTolerance, kFp16Tolerance, kFp16Tolerance);
}

TEST(Parity, ALossScaleThatIsTooLargeComesDown) {
  v1::Scenario scenario = ScenarioOf(Families()[0], {2, 1, 1, 2, 2}, Mode::kFp16Sgd);
  scenario.mutable_run()->set_steps(60);
  scenario.mutable_run()->set_keep_weights(false);
  scenario.mutable_run()->mutable_optimizer()->set_loss_scale(0x1p40);
  const auto programs = plan::Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  const auto trace = workers::RunInThreads(*programs, {});
  ASSERT_TRUE(trace.ok()) << trace.status();
  const plan::Program& program = programs->front();
  const auto figure = [&](std::string_view name) {
    for (size_t i = 0; i < program.metrics.size(); ++i) {
      if (program.metrics[i].name == name) return trace->ranks(0).steps(59).metrics(static_cast<int>(i));
    }
    ADD_FAILURE() << "no figure " << name;
    return 0.0;
  };
  EXPECT_GT(figure("skipped_steps"), 5);
  EXPECT_LT(figure("skipped_steps"), 40);
  EXPECT_EQ(figure("loss_scale"), std::exp2(40 - figure("skipped_steps")));  // halved each time
  const std::vector<double> losses = *LossesOf(*trace);
  EXPECT_LT(losses.back(), losses.front() - 0.05);
}

TEST(Parity, TheLossFalls) {
  v1::Scenario scenario = ScenarioOf(Families()[0], {2, 1, 2, 2, 2}, Mode::kFp32AdamW);
  scenario.mutable_run()->set_steps(40);
  scenario.mutable_run()->set_keep_weights(false);
  scenario.mutable_run()->mutable_optimizer()->set_lr(1e-2);
  const auto programs = plan::Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  const auto trace = workers::RunInThreads(*programs, {});
  ASSERT_TRUE(trace.ok()) << trace.status();
  const std::vector<double> losses = *LossesOf(*trace);
  EXPECT_NEAR(losses.front(), std::log(251.0), 0.2);
  EXPECT_LT(losses.back(), 0.8 * losses.front());
}

TEST(Parity, AWrongReductionIsSeen) {
  // The oracle must be able to fail: one gradient bucket of one replica is left out of the sum.
  const Outcome single = RunPlan(Families()[0], {1, 1, 1, kGlobalBatch, 1}, Mode::kFp64AdamW);
  auto programs = plan::Compile(ScenarioOf(Families()[0], {2, 1, 1, 4, 1}, Mode::kFp64AdamW));
  ASSERT_TRUE(programs.ok()) << programs.status();
  for (plan::Program& program : *programs) {
    for (plan::Op& op : program.ops) {
      if (op.stream == plan::Stream::kDp && op.dims[0] > 1) op.flags |= plan::kMax;  // maximum instead of sum
    }
  }
  const auto trace = workers::RunInThreads(*programs, {});
  ASSERT_TRUE(trace.ok()) << trace.status();
  const auto model = GatherModel(*programs, *trace);
  ASSERT_TRUE(model.ok()) << model.status();
  double distance = 0;
  for (const auto& [id, tensor] : single.model) {
    distance = std::max(distance, RelativeDistance(model->at(id).grads, tensor.grads));
  }
  EXPECT_GT(distance, 1e-3);
}

}  // namespace
}  // namespace ringside::parity
