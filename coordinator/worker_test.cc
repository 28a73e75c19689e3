// The coordinator with the real worker program: plain processes and virtual nodes, runs and faults.
#include <set>
#include <string>

#include "coordinator/launch/command.h"
#include "coordinator/launch/virtual_network.h"
#include "coordinator/testing/scenarios.h"
#include "coordinator/testing/test_server.h"
#include "gmock/gmock.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWorker[] = RINGSIDE_WORKER;

// Steps of some milliseconds, so that a fault or a cancel meets a job in the middle of its work.
v1::Scenario SmallScenario(int dp, int steps) {
  v1::Scenario scenario = TinyScenario(dp, steps);
  scenario.mutable_model()->set_layers(2);
  scenario.mutable_model()->set_hidden(64);
  scenario.mutable_model()->set_heads(4);
  scenario.mutable_model()->set_vocab(128);
  scenario.mutable_model()->set_seq_len(32);
  return scenario;
}

v1::Fault KillRank(int rank, int step) {
  v1::Fault fault;
  fault.mutable_kill_rank()->set_rank(rank);
  fault.mutable_kill_rank()->set_step(step);
  return fault;
}

TEST(WorkerTest, AScenarioIsTrainedAndMeasured) {
  TestServer server(kWorker);
  const v1::Job job = server.Run(SmallScenario(2, 6));
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
  const auto trace = server.client().FetchTrace(job.id());
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(trace->ranks_size(), 2);
  for (const v1::RankTrace& rank : trace->ranks()) {
    EXPECT_EQ(rank.steps_size(), 6);
    EXPECT_EQ(rank.spans_size(), 6 * trace->programs(rank.rank()).ops_size());
    EXPECT_GT(rank.peak_total_bytes(), 0);
    EXPECT_LT(rank.steps(5).loss(), rank.steps(0).loss());
  }
  EXPECT_THAT(trace->environment().transport(), HasSubstr("Open MPI"));
}

TEST(WorkerTest, AKilledRankIsNamedAmongThoseTornDownWithIt) {
  TestServer server(kWorker);
  v1::Scenario scenario = SmallScenario(4, 50);
  *scenario.add_faults() = KillRank(2, 3);
  const v1::Job job = server.Run(scenario);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.failure().rank(), 2) << job.failure().message();
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 2 was ended by SIGKILL"));
  EXPECT_EQ(server.Run(SmallScenario(2, 2)).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(WorkerTest, AHungRankIsNamed) {
  TestServer server(kWorker);
  v1::Scenario scenario = SmallScenario(2, 50);
  auto* hang = scenario.add_faults()->mutable_hang_rank();
  hang->set_rank(1);
  hang->set_step(3);
  const v1::Job job = server.Run(scenario);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.failure().rank(), 1) << job.failure().message();
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 1 stopped answering: no heartbeat for 6 s"));
  // Where it is told to be is where its last heartbeat said, up to a second before.
  EXPECT_THAT(job.failure().message(), HasSubstr("; stalled: rank 1 is "));
  EXPECT_THAT(job.failure().message(), HasSubstr("the other rank at seq "));
  EXPECT_EQ(server.Run(SmallScenario(1, 2)).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(WorkerTest, ACancelInMidRunLeavesNothing) {
  TestServer server(kWorker);
  const auto job = server.client().Submit(SmallScenario(2, 100'000));
  ASSERT_TRUE(job.ok()) << job.status();
  const auto watched =
      server.client().Watch(job->id(), [](const v1::JobEvent& event) { return !event.has_progress(); });
  EXPECT_TRUE(absl::IsCancelled(watched.status())) << watched.status();
  const auto cancelled = server.client().Cancel(job->id());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + job->id()).empty());
  EXPECT_EQ(server.Run(SmallScenario(1, 2)).state(), v1::JOB_STATE_SUCCEEDED);
}

class VirtualNodesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const absl::Status possible = ProbeVirtualNodes(); !possible.ok()) GTEST_SKIP() << possible.message();
  }
  static v1::Scenario OnNodes(int nodes, int dp, int steps) {
    v1::Scenario scenario = SmallScenario(dp, steps);
    scenario.mutable_cluster()->set_nodes(nodes);
    scenario.mutable_cluster()->set_devices_per_node(dp / nodes);
    scenario.mutable_cluster()->mutable_links()->mutable_inter_node()->set_gbps(1);
    return scenario;
  }
  static void ExpectNoNamespaces(const std::string& job_id) {
    EXPECT_THAT(*RunCommand({"ip", "netns", "list"}), Not(HasSubstr(job_id)));
  }
};

TEST_F(VirtualNodesTest, GradientsCrossTheLimitedLinks) {
  TestServer server(kWorker);
  v1::Scenario scenario = OnNodes(4, 4, 6);
  auto* slow = scenario.add_faults()->mutable_slow_link();
  slow->set_node(2);
  slow->set_gbps(0.1);
  const v1::Job job = server.Run(scenario);
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
  EXPECT_EQ(job.launcher(), "virtual-nodes");
  EXPECT_THAT(job.launcher_note(), HasSubstr("node 0 (1 Gbit/s): sent"));
  EXPECT_THAT(job.launcher_note(), HasSubstr("node 2 (0.1 Gbit/s): sent"));
  const auto trace = server.client().FetchTrace(job.id());
  ASSERT_TRUE(trace.ok()) << trace.status();
  std::set<std::string> hosts;
  for (const v1::RankTrace& rank : trace->ranks()) hosts.insert(rank.host());
  EXPECT_EQ(hosts.size(), 4u);
  ExpectNoNamespaces(job.id());
}

TEST_F(VirtualNodesTest, RanksOfOneNodeShareIt) {
  TestServer server(kWorker);
  const v1::Job job = server.Run(OnNodes(2, 4, 3));
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
  const auto trace = server.client().FetchTrace(job.id());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->ranks(0).host(), trace->ranks(1).host());
  EXPECT_NE(trace->ranks(1).host(), trace->ranks(2).host());
  ExpectNoNamespaces(job.id());
}

TEST_F(VirtualNodesTest, AKilledRankIsNamedAndTheNodesAreTakenDown) {
  TestServer server(kWorker);
  v1::Scenario scenario = OnNodes(4, 4, 50);
  *scenario.add_faults() = KillRank(3, 2);
  const v1::Job job = server.Run(scenario);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.failure().rank(), 3) << job.failure().message();
  ExpectNoNamespaces(job.id());
}

TEST_F(VirtualNodesTest, ACancelTakesTheNodesDown) {
  TestServer server(kWorker);
  const auto job = server.client().Submit(OnNodes(2, 2, 100'000));
  ASSERT_TRUE(job.ok()) << job.status();
  const auto watched =
      server.client().Watch(job->id(), [](const v1::JobEvent& event) { return !event.has_progress(); });
  EXPECT_TRUE(absl::IsCancelled(watched.status())) << watched.status();
  ASSERT_TRUE(server.client().Cancel(job->id()).ok());
  EXPECT_TRUE(FindMarked("RINGSIDE_JOB_ID=" + job->id()).empty());
  ExpectNoNamespaces(job->id());
}

}  // namespace
}  // namespace ringside::coordinator
