// The whole product under random plans: submitted to a coordinator, run by worker processes under mpirun, the
// trace fetched back. Loss, gradients and weights against the single-rank run, bytes and memory to the byte.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "coordinator/client.h"
#include "coordinator/server.h"
#include "coordinator/testing/temp_dir.h"
#include "plan/compile.h"
#include "plan/testing.h"
#include "tests/parity/exactness.h"
#include "tests/parity/gather.h"
#include "workers/local_cluster.h"

namespace ringside::parity {
namespace {

constexpr int kPlans = 18;
constexpr int kGlobalBatch = 8;
constexpr double kFp64Tolerance = 1e-10;  // docs/numerics.md
constexpr double kFp32LossTolerance = 1e-5;

struct Family {
  const char* preset;
  plan::LayoutLimits limits;
};
constexpr int kFamilies = 3;
const Family& FamilyOf(int plan) {
  static const Family kAll[kFamilies] = {
      {"gpt2-nano", {}}, {"llama-nano", {.heads = 2}}, {"moe-nano", {.experts = 4}}};
  return kAll[plan % kFamilies];
}

v1::Scenario ScenarioOf(const Family& family, const plan::Layout& layout, bool fp64) {
  v1::Scenario scenario = plan::ScenarioOf(layout, family.preset);
  scenario.mutable_model()->set_vocab(251);
  scenario.mutable_model()->set_seq_len(16);
  scenario.mutable_plan()->set_precision(fp64 ? v1::PRECISION_FP64 : v1::PRECISION_FP32);
  scenario.mutable_run()->set_steps(3);
  scenario.mutable_run()->set_keep_weights(true);
  return scenario;
}

TEST(MpiParity, RandomPlansOverTheCoordinator) {
  coordinator::TempDir dir;
  coordinator::CoordinatorOptions options;
  options.data_dir = dir.path() + "/data";
  options.worker_binary = RINGSIDE_WORKER;
  auto server = coordinator::CoordinatorServer::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  coordinator::CoordinatorClient client((*server)->address());

  std::mt19937_64 rng(2026);
  for (int i = 0; i < kPlans; ++i) {
    const bool fp64 = i % 2 == 0;
    const Family& family = FamilyOf(i / 2);
    const plan::Layout layout = plan::DrawLayout(rng, family.limits);
    SCOPED_TRACE(fmt::format("plan {}: {}, {}", i, family.preset, ToString(layout)));
    const auto single_programs = plan::Compile(ScenarioOf(family, {1, 1, 1, kGlobalBatch, 1}, fp64));
    const auto single = workers::RunInThreads(*single_programs, {});
    ASSERT_TRUE(single.ok()) << single.status();

    const v1::Scenario scenario = ScenarioOf(family, layout, fp64);
    const auto job = client.Submit(scenario);
    ASSERT_TRUE(job.ok()) << job.status();
    const auto ended = client.Watch(job->id(), nullptr, std::chrono::minutes(2));
    ASSERT_TRUE(ended.ok()) << ended.status();
    ASSERT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED) << ended->failure().message();
    const auto trace = client.FetchTrace(job->id());
    ASSERT_TRUE(trace.ok()) << trace.status();

    const auto programs = plan::Compile(scenario);
    ExpectExact(*programs, *trace);
    const auto losses = LossesOf(*trace), expected = LossesOf(*single);
    ASSERT_TRUE(losses.ok()) << losses.status();
    ASSERT_EQ(losses->size(), expected->size());
    for (size_t step = 0; step < losses->size(); ++step) {
      EXPECT_NEAR((*losses)[step], (*expected)[step],
                  (fp64 ? kFp64Tolerance : kFp32LossTolerance) * (*expected)[step]);
    }
    const auto model = GatherModel(*programs, *trace), reference = GatherModel(*single_programs, *single);
    ASSERT_TRUE(model.ok()) << model.status();
    if (!fp64) continue;  // fp32 under AdamW: the loss is compared (docs/numerics.md)
    for (const auto& [id, tensor] : *reference) {
      EXPECT_LE(RelativeDistance(model->at(id).grads, tensor.grads), kFp64Tolerance) << tensor.name;
      EXPECT_LE(RelativeDistance(model->at(id).weights, tensor.weights), kFp64Tolerance) << tensor.name;
    }
  }
}

}  // namespace
}  // namespace ringside::parity
