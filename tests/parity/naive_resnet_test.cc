// The compiled residual net against an independent one: the loss, and the gradient of every kind of tensor by
// central differences in double.
#include "tests/parity/naive_resnet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plan/compile.h"
#include "plan/testing.h"
#include "workers/kernels/synthetic_images.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr int kClasses = 5, kSide = 7;  // odd: windows of stride 2 reach over the edge

v1::Scenario ScenarioOf(int dp, int micro_batch, int micro_batches, bool sync, bool sigmoid = false) {
  v1::Scenario scenario =
      plan::ScenarioOf({.dp = dp, .micro_batch = micro_batch, .micro_batches = micro_batches}, "resnet-nano");
  v1::ModelSpec* model = scenario.mutable_model();
  model->set_hidden(4), model->set_vocab(kClasses), model->set_seq_len(kSide);
  if (sigmoid) model->set_activation(v1::ACTIVATION_SIGMOID);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  scenario.mutable_plan()->set_sync_batch_norm(sync);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(2), run->set_warmup(0), run->set_keep_weights(true);
  // One step moves gains and biases off their ones and zeros. Its learning rate is so small that the weights
  // after the second step, which we see, are those that its gradients were computed from.
  run->mutable_optimizer()->set_kind(v1::OPTIMIZER_SGD);
  run->mutable_optimizer()->set_lr(1e-9);
  run->mutable_optimizer()->set_weight_decay(0);
  return scenario;
}

std::vector<Image> ImagesOf(int first, int count) {
  std::vector<Image> images(count);
  for (int i = 0; i < count; ++i) {
    std::vector<float> pixels(kSide * kSide * 3);
    int32_t label = 0;
    kernels::FillImage(pixels.data(), &label, kSide, kSide, 3, kClasses, first + i, 1);
    images[i] = {{pixels.begin(), pixels.end()}, label};
  }
  return images;
}

void ExpectLossAndGradients(int dp, int micro_batch, int micro_batches, bool sync, bool sigmoid = false) {
  const auto programs = plan::Compile(ScenarioOf(dp, micro_batch, micro_batches, sync, sigmoid));
  ASSERT_TRUE(programs.ok()) << programs.status();
  const auto trace = workers::RunInThreads(*programs, {});
  ASSERT_TRUE(trace.ok()) << trace.status();
  auto gathered = GatherModel(*programs, *trace);
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  std::map<int, Tensor> model = *gathered;
  const int batch = dp * micro_batch * micro_batches, together = sync ? dp * micro_batch : micro_batch;
  const std::vector<Image> images = ImagesOf(batch, batch);  // the second step's
  const NaiveResnet net{3, 4, kClasses, kSide, sigmoid};
  EXPECT_NEAR(net.Loss(model, images, together), LossesOf(*trace)->back(), 1e-7);
  int checked = 0;
  for (auto& [id, tensor] : model) {
    double scale = 0;
    for (double g : tensor.grads) scale = std::max(scale, std::abs(g));
    for (size_t i = 0; i < tensor.weights.size(); i += 1 + tensor.weights.size() / 5) {
      const double w = tensor.weights[i], h = 1e-6;
      tensor.weights[i] = w + h;
      const double up = net.Loss(model, images, together);
      tensor.weights[i] = w - h;
      const double down = net.Loss(model, images, together);
      tensor.weights[i] = w;
      EXPECT_NEAR(tensor.grads[i], (up - down) / (2 * h), 1e-6 * scale + 1e-8)
          << tensor.name << "[" << i << "]";
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(NaiveResnet, ProgramComputesItsLossAndGradients) {
  ExpectLossAndGradients(1, 4, 1, true);
}

TEST(NaiveResnet, SynchronisedReplicasAndMicroBatches) {
  ExpectLossAndGradients(2, 2, 2, true);
}

TEST(NaiveResnet, Sigmoids) {
  ExpectLossAndGradients(2, 2, 1, true, true);
}

TEST(NaiveResnet, ReplicasByThemselves) {
  ExpectLossAndGradients(2, 2, 1, false);
}

}  // namespace
}  // namespace ringside::parity
