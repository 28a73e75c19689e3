// The compiled program against an independent GPT-2: the loss, and the gradient of every kind of tensor by
// central differences in double.
#include "tests/parity/naive_gpt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plan/compile.h"
#include "plan/testing.h"
#include "workers/kernels/synthetic_data.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

TEST(NaiveGpt, ProgramComputesItsLossAndGradients) {
  v1::Scenario scenario = plan::ScenarioOf({1, 2, 2, 2, 1});
  v1::ModelSpec* model_spec = scenario.mutable_model();
  model_spec->clear_preset();
  model_spec->set_layers(2), model_spec->set_hidden(12), model_spec->set_heads(2),
      model_spec->set_ffn_hidden(20);
  model_spec->set_vocab(17), model_spec->set_seq_len(5);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(2);
  run->set_warmup(0);
  run->set_keep_weights(true);
  // One real step moves the weights off their initial zeros and ones; its learning rate makes what is left
  // after the second, whose gradients we see, differ from what that step saw by less than the tolerance.
  run->mutable_optimizer()->set_kind(v1::OPTIMIZER_SGD);
  run->mutable_optimizer()->set_lr(1e-9);
  run->mutable_optimizer()->set_weight_decay(0);
  const auto programs = plan::Compile(scenario);
  ASSERT_TRUE(programs.ok()) << programs.status();
  const auto trace = workers::RunInThreads(*programs, {});
  ASSERT_TRUE(trace.ok()) << trace.status();
  auto gathered = GatherModel(*programs, *trace);
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  std::map<int, Tensor> model = *gathered;

  const NaiveGpt gpt{2, 12, 2, 20, 17, 5};
  std::vector<std::vector<int>> sequences, targets;
  for (int sample = 2; sample < 4; ++sample) {  // the second step's two samples
    std::vector<int32_t> tokens(5), next(5);
    kernels::FillSample(tokens.data(), next.data(), 5, sample, 17, run->has_seed() ? run->seed() : 1);
    sequences.emplace_back(tokens.begin(), tokens.end());
    targets.emplace_back(next.begin(), next.end());
  }
  EXPECT_NEAR(gpt.Loss(model, sequences, targets), LossesOf(*trace)->back(), 1e-7);

  int checked = 0;
  for (auto& [id, tensor] : model) {
    double scale = 0;
    for (double g : tensor.grads) scale = std::max(scale, std::abs(g));
    for (size_t i = 0; i < tensor.weights.size(); i += 1 + tensor.weights.size() / 7) {
      const double w = tensor.weights[i], h = 1e-5;
      tensor.weights[i] = w + h;
      const double up = gpt.Loss(model, sequences, targets);
      tensor.weights[i] = w - h;
      const double down = gpt.Loss(model, sequences, targets);
      tensor.weights[i] = w;
      EXPECT_NEAR(tensor.grads[i], (up - down) / (2 * h), 1e-6 * scale + 1e-9)
          << tensor.name << "[" << i << "]";
      ++checked;
    }
  }
  EXPECT_GT(checked, 150);
}

}  // namespace
}  // namespace ringside::parity
