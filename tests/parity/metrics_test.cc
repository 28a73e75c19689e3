// The figures of a step are those of the model, not of the layout: losses of evaluation and of load balance,
// norms of the whole gradient and of every layer's. (dead_share is not: it is of a rank's first micro-batch.)
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "plan/compile.h"
#include "plan/testing.h"
#include "trace/summary.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr double kTolerance = 2e-10;  // docs/numerics.md; some are squares

using Figures = std::map<std::string, std::vector<std::optional<double>>>;

// Everything that a step can tell, in fp64.
v1::Scenario TracedScenario(const plan::Layout& layout, const char* preset) {
  v1::Scenario scenario = plan::ScenarioOf(layout, preset);
  scenario.mutable_model()->set_vocab(251);
  scenario.mutable_model()->set_seq_len(16);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(3);
  run->set_warmup(0);
  run->set_trace_norms(true);
  run->mutable_optimizer()->set_grad_clip(0.5);
  scenario.mutable_model()->set_dropout(0.1);
  return scenario;
}

Figures FiguresOf(const v1::Scenario& scenario) {
  const auto programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status();
  if (!programs.ok()) return {};
  const auto trace = workers::RunInThreads(*programs, {});
  EXPECT_TRUE(trace.ok()) << trace.status();
  if (!trace.ok()) return {};
  const auto summary = trace::Summarize(*trace);
  EXPECT_TRUE(summary.ok()) << summary.status();
  return summary.ok() ? summary->metrics : Figures{};
}

void ExpectSame(const Figures& figures, const Figures& single) {
  for (const auto& [name, values] : figures) EXPECT_TRUE(single.contains(name)) << name;
  for (const auto& [name, expected] : single) {
    ASSERT_TRUE(figures.contains(name)) << name;
    const auto& values = figures.at(name);
    ASSERT_EQ(values.size(), expected.size()) << name;
    for (size_t step = 0; step < values.size(); ++step) {
      ASSERT_TRUE(values[step].has_value() && expected[step].has_value()) << name << ", step " << step;
      EXPECT_NEAR(*values[step], *expected[step], kTolerance * std::abs(*expected[step]))
          << name << ", step " << step;
    }
  }
}

// Evaluation takes `evals` micro-batches of every replica: as many sequences of held-out data in all.
void CheckRandomPlans(const char* preset, const plan::LayoutLimits& limits, uint64_t seed) {
  std::mt19937_64 rng(seed);
  constexpr int kEvaluated = 8;
  v1::Scenario one = TracedScenario({.micro_batch = limits.global_batch}, preset);
  one.mutable_run()->set_eval_micro_batches(kEvaluated / limits.global_batch);
  const Figures single = FiguresOf(one);
  ASSERT_GE(single.size(), 6u);  // eval_loss, grad_square_sum and four layers
  for (int i = 0; i < 5; ++i) {
    const plan::Layout layout = plan::DrawLayout(rng, limits);
    SCOPED_TRACE(fmt::format("plan {} of seed {}: {}, {}", i, seed, preset, ToString(layout)));
    v1::Scenario scenario = TracedScenario(layout, preset);
    scenario.mutable_run()->set_eval_micro_batches(kEvaluated / (layout.dp * layout.micro_batch));
    ExpectSame(FiguresOf(scenario), single);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(MetricsParity, OfGpt2) {
  CheckRandomPlans("gpt2-nano", {}, 71);
}

TEST(MetricsParity, OfLlama) {
  CheckRandomPlans("llama-nano", {.heads = 2}, 72);
}

TEST(MetricsParity, OfExperts) {
  CheckRandomPlans("moe-nano", {.experts = 4}, 73);
}

}  // namespace
}  // namespace ringside::parity
