// A rank is killed under mpirun: with checkpoints the job goes on from the last one and ends as if nothing
// had happened; without, it fails and says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/client.h"
#include "coordinator/server.h"
#include "coordinator/testing/temp_dir.h"
#include "plan/testing.h"
#include "tests/parity/gather.h"
#include "workers/checkpoint/index.h"

namespace ringside::checkpoint {
namespace {

using ::testing::HasSubstr;

constexpr int kSteps = 10, kEvery = 3, kKilledAt = 7;

v1::Scenario ScenarioOf(int zero, bool killed, int checkpoint_every) {
  plan::Layout layout{.dp = 2, .micro_batch = 2};
  layout.zero = zero;
  v1::Scenario scenario = plan::ScenarioOf(layout);
  scenario.mutable_plan()->set_precision(v1::PRECISION_FP64);
  scenario.mutable_model()->set_vocab(251);
  scenario.mutable_model()->set_seq_len(16);
  v1::RunSpec* run = scenario.mutable_run();
  run->set_steps(kSteps);
  run->set_warmup(1);
  run->set_checkpoint_every(checkpoint_every);
  if (killed) {
    v1::KillRank* kill = scenario.add_faults()->mutable_kill_rank();
    kill->set_rank(1);
    kill->set_step(kKilledAt);
  }
  return scenario;
}

class MpiRestart : public ::testing::Test {
 protected:
  void Start(const coordinator::WorkerFiles& files = {}) {
    server_.reset();
    coordinator::CoordinatorOptions options;
    options.data_dir = dir_.path() + "/data";
    options.worker_binary = RINGSIDE_WORKER;
    options.files = files;
    auto server = coordinator::CoordinatorServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<coordinator::CoordinatorClient>(server_->address());
  }
  v1::Job Run(const v1::Scenario& scenario) {
    const auto job = client_->Submit(scenario);
    EXPECT_TRUE(job.ok()) << job.status();
    if (!job.ok()) return {};
    const auto ended = client_->Watch(job->id(), nullptr, std::chrono::minutes(2));
    EXPECT_TRUE(ended.ok()) << ended.status();
    return ended.value_or(v1::Job());
  }
  std::vector<double> LossesOf(const v1::Job& job, int* first_step = nullptr) {
    const auto trace = client_->FetchTrace(job.id());
    EXPECT_TRUE(trace.ok()) << trace.status();
    if (!trace.ok()) return {};
    if (first_step != nullptr) *first_step = trace->ranks(0).steps(0).step();
    notes_.assign(trace->environment().notes().begin(), trace->environment().notes().end());
    return parity::LossesOf(*trace).value_or(std::vector<double>{});
  }

  coordinator::TempDir dir_;
  std::unique_ptr<coordinator::CoordinatorServer> server_;
  std::unique_ptr<coordinator::CoordinatorClient> client_;
  std::vector<std::string> notes_;
};

TEST_F(MpiRestart, AKilledRankCostsTheStepsSinceTheCheckpoint) {
  Start();
  for (const int zero : {0, 3}) {
    const v1::Job whole = Run(ScenarioOf(zero, false, 0));
    ASSERT_EQ(whole.state(), v1::JOB_STATE_SUCCEEDED) << whole.failure().message();
    const std::vector<double> expected = LossesOf(whole);
    const v1::Job job = Run(ScenarioOf(zero, true, kEvery));
    ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
    EXPECT_EQ(job.attempt(), 2);
    ASSERT_EQ(job.restarts_size(), 1);
    const v1::Restart& restart = job.restarts(0);
    EXPECT_THAT(restart.failure().message(), HasSubstr("rank 1"));
    EXPECT_EQ(restart.from_step(), 6);
    EXPECT_LE(restart.lost_steps(), kKilledAt - 6);
    EXPECT_GT(restart.restart_ns(), 0);
    int first_step = 0;
    const std::vector<double> losses = LossesOf(job, &first_step);
    EXPECT_EQ(first_step, 6);
    EXPECT_EQ(losses, std::vector<double>(expected.begin() + 6, expected.end())) << "not to the bit";
    EXPECT_THAT(notes_, ::testing::Contains(HasSubstr("resumed at step 6")));
  }
}

TEST_F(MpiRestart, WithoutCheckpointsTheJobFails) {
  Start();
  const v1::Job job = Run(ScenarioOf(0, true, 0));
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.attempt(), 1);
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 1"));
}

// A directory of the operator's: checkpoints stay, say what they are of, and the next run goes on from them.
TEST_F(MpiRestart, TheNextRunGoesOnWhereThisOneEnded) {
  const std::string dir = dir_.path() + "/checkpoints";
  Start({.checkpoint_dir = dir});
  v1::Scenario longer = ScenarioOf(0, false, kEvery);
  longer.mutable_run()->set_steps(kSteps + 4);
  const std::vector<double> expected = LossesOf(Run(longer));
  std::filesystem::remove_all(dir);
  Run(ScenarioOf(0, false, kEvery));
  const auto path = LatestCheckpoint(dir);
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_THAT(*path, ::testing::EndsWith("step-00000009"));
  EXPECT_THAT(ReadIndex(*path)->scenario_json, HasSubstr("\"hidden\""));
  Start({.checkpoint_dir = dir, .resume = true});
  longer.mutable_plan()->set_dp(1);
  longer.mutable_plan()->set_tp(2);
  longer.mutable_plan()->set_micro_batch(4);
  int first_step = 0;
  const std::vector<double> losses = LossesOf(Run(longer), &first_step);
  EXPECT_EQ(first_step, 9);
  ASSERT_EQ(losses.size(), expected.size() - 9);
  for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], expected[9 + i], 1e-10 * losses[i]);
}

TEST_F(MpiRestart, ACorpusIsForTheOperatorToGive) {
  Start();
  v1::Scenario scenario = ScenarioOf(0, false, 0);
  scenario.mutable_model()->set_vocab(256);
  scenario.mutable_run()->set_data(v1::DATA_CORPUS);
  const auto refused = client_->Submit(scenario);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("--corpus"));
  Start({.corpus = RINGSIDE_TEXT});
  const v1::Job job = Run(scenario);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
}

}  // namespace
}  // namespace ringside::checkpoint
