// Whole one-rank programs through RunOp: gradients of the model, learning, and agreement of the fast kernels
// with the reference.
#include <gtest/gtest.h>

#include <cmath>

#include "plan/compile.h"
#include "workers/kernels/testing/single_rank.h"

namespace ringside::kernels {
namespace {

using testing::SingleRank;

v1::Scenario TinyGpt(int layers, int hidden, int heads, int vocab, int seq_len, int micro_batch) {
  v1::Scenario scenario;
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_layers(layers);
  model->set_hidden(hidden);
  model->set_heads(heads);
  model->set_ffn_hidden(4 * hidden);
  model->set_vocab(vocab);
  model->set_seq_len(seq_len);
  scenario.mutable_plan()->set_micro_batch(micro_batch);
  return scenario;
}

plan::Program CompileOne(const v1::Scenario& scenario) {
  auto programs = plan::Compile(scenario);
  EXPECT_TRUE(programs.ok()) << programs.status().ToString();
  return programs->at(0);
}

// The gradient that a step leaves behind, against central differences of the step's loss over single weights
// of every parameter.
TEST(TrainingTest, TheModelsGradientIsRight) {
  v1::Scenario scenario = TinyGpt(2, 8, 2, 13, 6, 3);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  scenario.mutable_plan()->set_micro_batches(2);
  scenario.mutable_run()->mutable_optimizer()->set_kind(v1::OPTIMIZER_SGD);
  scenario.mutable_run()->mutable_optimizer()->set_lr(1e-300);  // weights stay as they are
  const auto kernels = MakeReferenceKernels<double>();
  SingleRank<double> rank(CompileOne(scenario), kernels.get());
  // Off the initial point, where biases are zero and norms the identity.
  const int64_t elems = rank.program().buffers[rank.program().params[0].weights.view.buffer].elems;
  double* weights = rank.At({rank.program().params[0].weights.view.buffer, 0, elems});
  for (int64_t i = 0; i < elems; ++i) weights[i] += 0.1 * std::sin(static_cast<double>(i));
  rank.Step(0);
  constexpr double kStep = 1e-5;
  for (const plan::Param& param : rank.program().params) {
    for (const int64_t at : {int64_t{0}, param.weights.view.elems / 2, param.weights.view.elems - 1}) {
      const double gradient = rank.At(param.grad.view)[at];
      double& weight = rank.At(param.weights.view)[at];
      const double value = weight;
      weight = value + kStep;
      const double above = rank.Step(0);
      weight = value - kStep;
      const double below = rank.Step(0);
      weight = value;
      rank.Step(0);
      EXPECT_NEAR(gradient, (above - below) / (2 * kStep), 1e-8) << param.name << "[" << at << "]";
    }
  }
}

TEST(TrainingTest, FastKernelsFollowTheReference) {
  v1::Scenario scenario = TinyGpt(2, 32, 4, 96, 24, 2);
  auto fast = MakeFastKernels();
  ASSERT_TRUE(fast.ok()) << fast.status().ToString();
  SingleRank<float> fast_rank(CompileOne(scenario), fast->get());
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  const auto reference = MakeReferenceKernels<double>();
  SingleRank<double> exact_rank(CompileOne(scenario), reference.get());
  for (int step = 0; step < 8; ++step) {
    const double exact = exact_rank.Step(step);
    // A loss is the mean of 48 terms of about 5, each with some hundred roundings; Adam moves weights whose
    // gradient is near zero by up to lr either way, which changes the loss in second order only.
    EXPECT_NEAR(fast_rank.Step(step), exact, 1e-5 * exact) << "step " << step;
  }
}

// The synthetic language is learnt within a few dozen steps, as scenarios and demos rely on.
TEST(TrainingTest, ATinyModelLearnsTheSyntheticLanguage) {
  struct Case {
    int vocab;
    double lr;
  };
  for (const Case& c : {Case{64, 1e-2}, Case{1024, 1e-3}, Case{1024, 1e-2}}) {
    v1::Scenario scenario = TinyGpt(2, 64, 4, c.vocab, 32, 8);
    scenario.mutable_run()->mutable_optimizer()->set_lr(c.lr);
    auto kernels = MakeFastKernels();
    ASSERT_TRUE(kernels.ok()) << kernels.status().ToString();
    SingleRank<float> rank(CompileOne(scenario), kernels->get());
    const double first = rank.Step(0);
    EXPECT_NEAR(first, std::log(c.vocab), 0.3);
    double last = 0;
    for (int step = 1; step < 40; ++step) last = rank.Step(step);
    RecordProperty("final_loss", std::to_string(last));
    EXPECT_LT(last, 0.9 * std::log(c.vocab)) << "vocab " << c.vocab << ", lr " << c.lr;
  }
}

// In narrow types, with master weights, the losses are those of fp64 but for roundings: a loss is a mean over
// 48 tokens of about 4.6, whose logits each have a relative error of some units.
template <class R>
void ExpectFollowsReference(v1::Precision precision, double unit) {
  v1::Scenario scenario = TinyGpt(2, 32, 4, 96, 24, 2);
  scenario.mutable_plan()->set_precision(precision);
  auto fast = MakeFastKernels<R>();
  ASSERT_TRUE(fast.ok()) << fast.status().ToString();
  SingleRank<R> narrow_rank(CompileOne(scenario), fast->get());
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  const auto reference = MakeReferenceKernels<double>();
  SingleRank<double> exact_rank(CompileOne(scenario), reference.get());
  for (int step = 0; step < 20; ++step) {
    const double exact = exact_rank.Step(step);
    EXPECT_NEAR(narrow_rank.Step(step), exact, 4 * unit * exact) << "step " << step;
  }
}

TEST(TrainingTest, NarrowTypesFollowTheReference) {
  ExpectFollowsReference<Bf16>(v1::PRECISION_BF16, 0x1p-8);
  ExpectFollowsReference<F16>(v1::PRECISION_FP16, 0x1p-11);
}

}  // namespace
}  // namespace ringside::kernels
