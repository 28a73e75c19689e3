// Every fault of a worker ends its job with one clear error that names rank and cause, leaves no process, and
// the coordinator runs the next job.
#include <filesystem>
#include <fstream>

#include "coordinator/testing/scenarios.h"
#include "coordinator/testing/small_disk.h"
#include "coordinator/testing/test_server.h"
#include "gmock/gmock.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;

constexpr char kFakeWorker[] = RINGSIDE_FAKE_WORKER;

class FaultsTest : public ::testing::Test {
 protected:
  v1::Job RunWith(const std::string& behavior, const v1::Scenario& scenario) {
    server_.Behave(behavior);
    const v1::Job job = server_.Run(scenario);
    EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
    EXPECT_EQ(server_.client().FetchTrace(job.id()).status().code(), absl::StatusCode::kFailedPrecondition);
    return job;
  }
  void TearDown() override {
    server_.Behave("");
    const v1::Job next = server_.Run(TinyScenario(1));
    EXPECT_EQ(next.state(), v1::JOB_STATE_SUCCEEDED) << next.failure().message();
  }
  TestServer server_{kFakeWorker};
};

TEST_F(FaultsTest, AKilledRankIsNamed) {
  const v1::Job job = RunWith("2 die 1\n0 stall 3\n1 stall 3\n3 stall 3", TinyScenario(4));
  EXPECT_EQ(job.failure().rank(), 2) << job.failure().message();
  EXPECT_EQ(job.failure().step(), 1);
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 2 was ended by SIGKILL"));
  EXPECT_THAT(job.failure().message(), HasSubstr("last seen at step 1, op 2 "));
}

TEST_F(FaultsTest, AStoppedRankIsNamed) {
  const v1::Job job = RunWith("1 stop 2\n0 stall 2", TinyScenario(2));
  EXPECT_EQ(job.failure().rank(), 1) << job.failure().message();
  EXPECT_EQ(job.failure().step(), 2);
  EXPECT_THAT(job.failure().message(),
              HasSubstr("rank 1 stopped answering: no heartbeat for 6 s; last seen at step 2"));
}

TEST_F(FaultsTest, WhoKeepsTheOthersWaitingIsToldByCollective) {
  const v1::Job job = RunWith("2 stop 1\n0 stall 1\n1 stall 1\n3 stall 1", TinyScenario(4));
  EXPECT_EQ(job.failure().rank(), 2) << job.failure().message();
  EXPECT_THAT(job.failure().message(),
              HasSubstr("stalled: rank 2 is at seq 1 all_reduce 4.0 MiB on dp, the other 3 ranks at seq 2 "
                        "all_reduce 4.0 MiB (step 1)"));
}

TEST_F(FaultsTest, AReportedFailureIsPassedOn) {
  const v1::Job job = RunWith("1 fail 2\n0 stall 3", TinyScenario(2));
  EXPECT_EQ(job.failure().code(), 8);
  EXPECT_EQ(job.failure().rank(), 1);
  EXPECT_EQ(job.failure().step(), 2);
  EXPECT_EQ(job.failure().message(), "rank 1: the arena is full: 1024 bytes asked, 12 free");
  EXPECT_EQ(job.failure().op(), "forward gemm layer 0 mb 0");
}

TEST_F(FaultsTest, AnExitWithoutAWordIsNamed) {
  const v1::Job job = RunWith("1 exit 2\n0 stall 3", TinyScenario(2));
  EXPECT_EQ(job.failure().rank(), 1) << job.failure().message();
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 1 exited with code 7"));
}

TEST_F(FaultsTest, AStallIsFoundByItsOwnLimit) {
  v1::Scenario scenario = TinyScenario(2);
  scenario.mutable_run()->set_stall_s(2);
  const v1::Job job = RunWith("0 stall 2\n1 stall 3", scenario);
  EXPECT_THAT(job.failure().message(), HasSubstr("no rank finished an op for 2 s (run.stall_s)"));
  EXPECT_EQ(job.failure().rank(), 0) << job.failure().message();
}

TEST_F(FaultsTest, TheJobsDeadlineHolds) {
  v1::Scenario scenario = TinyScenario(1);
  scenario.mutable_run()->set_deadline_s(5);
  const v1::Job job = RunWith("0 stall 1", scenario);
  EXPECT_THAT(job.failure().message(), HasSubstr("deadline of 5 s"));
}

TEST_F(FaultsTest, ATraceOfAnotherRankIsRefused) {
  EXPECT_THAT(RunWith("0 other-trace 0", TinyScenario(1)).failure().message(),
              HasSubstr("rank 0 sent a trace of rank 1"));
}

TEST_F(FaultsTest, DoneWithoutATraceIsRefused) {
  EXPECT_THAT(RunWith("0 no-trace 0", TinyScenario(1)).failure().message(),
              HasSubstr("rank 0 says that it is done"));
}

TEST_F(FaultsTest, WorkersThatAreRefusedAtTheGateEndTheJobWithTheReason) {
  const v1::Job stranger = RunWith("1 stranger 0\n0 stall 1", TinyScenario(2));
  EXPECT_THAT(stranger.failure().message(), HasSubstr("rank 1 exited with code 4"));
  const v1::Job misplaced = RunWith("1 misplaced 0\n0 stall 1", TinyScenario(2));
  EXPECT_EQ(misplaced.failure().rank(), 1) << misplaced.failure().message();
  const v1::Job garbage = RunWith("1 garbage 0\n0 stall 1", TinyScenario(2));
  EXPECT_EQ(garbage.failure().rank(), 1) << garbage.failure().message();
}

TEST_F(FaultsTest, AWorkerThatIgnoresItsEndIsKilledAndTheJobHasSucceeded) {
  server_.Behave("0 deaf 9");
  const v1::Job job = server_.Run(TinyScenario(2));
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().message();
  EXPECT_THAT(job.launcher_note(), HasSubstr("did not exit"));
}

TEST(LaunchFaultsTest, RanksThatNeverSayHelloAreNamed) {
  Limits limits = TestServer::TestLimits();
  limits.launch_timeout_ns = 3 * kSecond;
  TestServer server(kFakeWorker, "", limits);
  server.Behave("1 silent 0\n0 stall 1");
  const v1::Job job = server.Run(TinyScenario(2));
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(job.failure().message(), HasSubstr("rank 1 of 2 never connected within 3 s"));
  EXPECT_EQ(job.failure().rank(), 1);
}

TEST(LaunchFaultsTest, AMissingWorkerProgramIsNamed) {
  TempDir dir;
  auto server = CoordinatorServer::Start({.data_dir = dir.path(), .worker_binary = "/no/such/worker"});
  ASSERT_TRUE(server.ok()) << server.status();
  CoordinatorClient client((*server)->address());
  const auto job = client.Submit(TinyScenario(1));
  ASSERT_TRUE(job.ok());
  const auto ended = client.Watch(job->id(), nullptr);
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(ended->failure().message(), HasSubstr("/no/such/worker is not there"));
}

TEST(DiskFaultsTest, AFullDiskFailsTheJobAndTheNextOneRunsWhenThereIsSpace) {
  SmallDisk disk(4 << 10);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  TestServer server(kFakeWorker, disk.path() + "/data");
  server.Behave("0 big-trace 0");
  const v1::Job job = server.Run(TinyScenario(1));
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.failure().code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(job.failure().message(),
            "trace of job " + job.id() + " cannot be written to " + disk.path() + "/data/jobs/" + job.id() +
                ": no space left on device; free space or choose another --data-dir");
  server.Behave("");
  EXPECT_EQ(server.Run(TinyScenario(1)).state(), v1::JOB_STATE_SUCCEEDED);

  // Now full to the last byte: a submission is refused with the reason, and nothing else breaks.
  std::ofstream(disk.path() + "/filler") << std::string(8 << 20, 'x');
  v1::SubmitRequest large;
  *large.mutable_scenario() = TinyScenario(1);
  large.set_request_id(std::string(200'000, 'r'));
  const absl::Status refused = server.client().Submit(large).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the job was not taken"));
  EXPECT_EQ(server.client().List()->jobs_size(), 2);
  std::filesystem::remove(disk.path() + "/filler");
  EXPECT_EQ(server.Run(TinyScenario(1)).state(), v1::JOB_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace ringside::coordinator
