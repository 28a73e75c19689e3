#include "coordinator/core/scheduler.h"

#include "coordinator/core/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ringside::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulerTest : public ::testing::Test {
 protected:
  explicit SchedulerTest(Limits limits = {}) : scheduler_(limits, TestOpName) {}

  void ConnectAll(const AttemptId& id, int world_size, Instant now) {
    for (int rank = 0; rank < world_size; ++rank) {
      ASSERT_TRUE(scheduler_.Hello(id, rank, world_size, now, &out_).ok());
    }
  }
  // The job of the last Persist.
  v1::Job LastJob() const { return Of<Persist>(out_).back().record.job; }
  // A job of `world_size` ranks that has connected and is at step 5.
  AttemptId Running(const std::string& job_id, int world_size) {
    scheduler_.Submit(MakeJob(job_id, world_size), At(0), &out_);
    const AttemptId id{job_id, 1};
    ConnectAll(id, world_size, At(1));
    for (int rank = 0; rank < world_size; ++rank) {
      scheduler_.Heard(id, rank, HeartbeatMessage(5, 118, 1000), At(2), &out_);
    }
    out_.clear();
    return id;
  }

  Scheduler scheduler_;
  Actions out_;
};

TEST_F(SchedulerTest, AJobRunsToItsEndAndItsTraceIsStoredFirst) {
  const AttemptId id = Running("a", 2);
  for (int rank : {1, 0}) {
    scheduler_.Heard(id, rank, TracePartMessage(rank), At(3), &out_);
    scheduler_.Heard(id, rank, TracePartMessage(rank), At(3), &out_);
    scheduler_.Heard(id, rank, DoneMessage(), At(3), &out_);
  }
  const auto stores = Of<StoreTrace>(out_);
  ASSERT_THAT(stores, SizeIs(1));
  ASSERT_THAT(stores[0].ranks, SizeIs(2));
  EXPECT_EQ(stores[0].ranks[1].rank(), 1);
  EXPECT_EQ(stores[0].ranks[1].spans_size(), 2);  // parts append
  EXPECT_THAT(Of<FinishWorkers>(out_), IsEmpty());
  scheduler_.TraceStored(id, absl::OkStatus(), At(4), &out_);
  EXPECT_THAT(Of<FinishWorkers>(out_), SizeIs(1));
  EXPECT_EQ(scheduler_.num_running(), 1);  // until its processes are gone
  scheduler_.LauncherExited(id, {}, At(5), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(LastJob().finished_unix_ns(), At(5).unix_ns);
  EXPECT_EQ(scheduler_.num_running(), 0);
}

TEST_F(SchedulerTest, TheNextJobStartsOnlyWhenTheLastProcessIsGone) {
  const AttemptId id = Running("a", 1);
  scheduler_.Submit(MakeJob("b"), At(2), &out_);
  scheduler_.Heard(id, 0, FailureMessage(absl::StatusCode::kInternal, "NaN"), At(3), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), SizeIs(1));
  EXPECT_THAT(Of<Launch>(out_), IsEmpty());
  scheduler_.LauncherExited(id, {.signal = 15}, At(4), &out_);
  ASSERT_THAT(Of<Launch>(out_), SizeIs(1));
  EXPECT_EQ(Of<Launch>(out_)[0].id.job_id, "b");
}

TEST_F(SchedulerTest, AReportedFailureEndsTheJobAtOnceWithItsRank) {
  const AttemptId id = Running("a", 4);
  scheduler_.Heard(id, 2, FailureMessage(absl::StatusCode::kResourceExhausted, "memory limit"), At(3), &out_);
  scheduler_.LauncherExited(id, {.signal = 15}, At(4), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(LastJob().failure().rank(), 2);
  EXPECT_EQ(LastJob().failure().message(), "rank 2: memory limit");
  EXPECT_EQ(LastJob().failure().op(), "forward gemm layer 3 mb 1");
}

TEST_F(SchedulerTest, ASilentRankIsNamedWithItsPosition) {
  const AttemptId id = Running("a", 4);
  for (int rank : {0, 1, 3}) scheduler_.Heard(id, rank, HeartbeatMessage(5, 120, 1001), At(11.5), &out_);
  scheduler_.Tick(At(11.9), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), IsEmpty());
  scheduler_.Tick(At(12), &out_);
  ASSERT_THAT(Of<KillLauncher>(out_), SizeIs(1));
  scheduler_.LauncherExited(id, {.signal = 15}, At(13), &out_);
  EXPECT_EQ(LastJob().failure().message(),
            "rank 2 stopped answering: no heartbeat for 10 s; last seen at step 5, op 118 forward gemm layer "
            "3 mb 1");
  EXPECT_EQ(LastJob().failure().rank(), 2);
  EXPECT_EQ(LastJob().failure().step(), 5);
}

TEST_F(SchedulerTest, AStallIsFoundThoughHeartbeatsGoOn) {
  const AttemptId id = Running("a", 2);
  for (double t = 3; t < 32; t += 1) {
    for (int rank : {0, 1}) scheduler_.Heard(id, rank, HeartbeatMessage(5, 118, 1000 - rank), At(t), &out_);
    scheduler_.Tick(At(t), &out_);
  }
  EXPECT_THAT(Of<KillLauncher>(out_), IsEmpty());
  scheduler_.Tick(At(32), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), SizeIs(1));
  scheduler_.LauncherExited(id, {}, At(33), &out_);
  EXPECT_THAT(LastJob().failure().message(), HasSubstr("no rank finished an op for 30 s (run.stall_s)"));
  EXPECT_EQ(LastJob().failure().code(), static_cast<int>(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(SchedulerTest, TheJobsDeadlineHoldsThoughItMakesProgress) {
  JobRecord job = MakeJob("a", 1);
  job.spec.deadline_ns = 20 * kSecond;
  scheduler_.Submit(job, At(0), &out_);
  const AttemptId id{"a", 1};
  ConnectAll(id, 1, At(1));
  for (int t = 2; t < 20; ++t) scheduler_.Heard(id, 0, HeartbeatMessage(t, 3, t), At(t), &out_);
  scheduler_.Tick(At(20), &out_);
  scheduler_.LauncherExited(id, {}, At(21), &out_);
  EXPECT_THAT(LastJob().failure().message(), HasSubstr("deadline of 20 s"));
  EXPECT_THAT(LastJob().failure().message(), HasSubstr("step 19"));
}

TEST_F(SchedulerTest, RanksThatNeverConnectAreNamed) {
  scheduler_.Submit(MakeJob("a", 4), At(0), &out_);
  const AttemptId id{"a", 1};
  for (int rank : {0, 2}) ASSERT_TRUE(scheduler_.Hello(id, rank, 4, At(1), &out_).ok());
  for (double t = 2; t <= 60; t += 2) {
    for (int rank : {0, 2}) scheduler_.Heard(id, rank, HeartbeatMessage(-1, -1, 0), At(t), &out_);
    scheduler_.Tick(At(t), &out_);
  }
  scheduler_.LauncherExited(id, {}, At(61), &out_);
  EXPECT_EQ(LastJob().failure().message(), "ranks 1, 3 of 4 never connected within 60 s of the launch");
}

TEST_F(SchedulerTest, ALauncherThatCannotStartFailsTheJobWithItsReason) {
  scheduler_.Submit(MakeJob("a"), At(0), &out_);
  scheduler_.LauncherExited({"a", 1}, {.status = absl::NotFoundError("mpirun is not installed")}, At(1),
                            &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(LastJob().failure().message(), "mpirun is not installed");
}

TEST_F(SchedulerTest, WaitsForMpirunToNameTheKilledRank) {
  const AttemptId id = Running("a", 4);
  for (int rank : {3, 0, 1, 2}) scheduler_.StreamBroke(id, rank, At(3), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), IsEmpty());
  scheduler_.LauncherExited(
      id,
      {.exit_code = 137,
       .stderr_tail = "mpirun noticed that process rank 1 with PID 0 on node x exited on signal 9 (Killed)."},
      At(4), &out_);
  EXPECT_EQ(LastJob().failure().rank(), 1);
  EXPECT_THAT(LastJob().failure().message(), HasSubstr("op 118 forward gemm layer 3 mb 1"));
}

TEST_F(SchedulerTest, NamesTheFirstBrokenStreamWhenMpirunStaysSilent) {
  const AttemptId id = Running("a", 2);
  scheduler_.StreamBroke(id, 1, At(3), &out_);
  scheduler_.Tick(At(7.9), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), IsEmpty());
  scheduler_.Tick(At(8), &out_);
  scheduler_.LauncherExited(id, {}, At(9), &out_);
  EXPECT_THAT(LastJob().failure().message(), HasSubstr("rank 1 closed its connection before it was done"));
}

TEST_F(SchedulerTest, HelloIsChecked) {
  scheduler_.Submit(MakeJob("a", 2), At(0), &out_);
  EXPECT_EQ(scheduler_.Hello({"a", 2}, 0, 2, At(1), &out_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(scheduler_.Hello({"b", 1}, 0, 2, At(1), &out_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(scheduler_.Hello({"a", 1}, 2, 2, At(1), &out_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(scheduler_.Hello({"a", 1}, 0, 3, At(1), &out_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(scheduler_.Hello({"a", 1}, 0, 2, At(1), &out_).ok());
  EXPECT_EQ(scheduler_.Hello({"a", 1}, 0, 2, At(1), &out_).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(scheduler_.Cancel("a", At(2), &out_).ok());
  EXPECT_EQ(scheduler_.Hello({"a", 1}, 1, 2, At(3), &out_).code(), absl::StatusCode::kAborted);
}

TEST_F(SchedulerTest, ProtocolBreachesFailTheJob) {
  AttemptId id = Running("a", 2);
  scheduler_.Heard(id, 1, TracePartMessage(0), At(3), &out_);
  scheduler_.LauncherExited(id, {}, At(4), &out_);
  EXPECT_EQ(LastJob().failure().message(), "rank 1 sent a trace of rank 0");
  id = Running("b", 2);
  scheduler_.Heard(id, 1, DoneMessage(), At(3), &out_);
  scheduler_.LauncherExited(id, {}, At(4), &out_);
  EXPECT_EQ(LastJob().failure().message(), "rank 1 says that it is done but has sent no trace");
}

TEST_F(SchedulerTest, ATraceThatCannotBeStoredFailsTheJob) {
  const AttemptId id = Running("a", 1);
  scheduler_.Heard(id, 0, TracePartMessage(0), At(3), &out_);
  scheduler_.Heard(id, 0, DoneMessage(), At(3), &out_);
  scheduler_.TraceStored(id, absl::ResourceExhaustedError("no space"), At(4), &out_);
  scheduler_.LauncherExited(id, {}, At(5), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(LastJob().failure().code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
}

TEST_F(SchedulerTest, AWorkerThatWillNotExitIsKilledButTheJobHasSucceeded) {
  const AttemptId id = Running("a", 1);
  scheduler_.Heard(id, 0, TracePartMessage(0), At(3), &out_);
  scheduler_.Heard(id, 0, DoneMessage(), At(3), &out_);
  scheduler_.TraceStored(id, absl::OkStatus(), At(4), &out_);
  scheduler_.Tick(At(19), &out_);
  EXPECT_THAT(Of<KillLauncher>(out_), SizeIs(1));
  scheduler_.Tick(At(79), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(LastJob().launcher_note(), HasSubstr("did not exit within 15 s"));
}

TEST_F(SchedulerTest, WatchersHearOfAStepOnceFromARankThatKnowsTheLoss) {
  const AttemptId id = Running("a", 2);
  scheduler_.Heard(id, 0, ProgressMessage(0, false, 500), At(3), &out_);
  scheduler_.Heard(id, 1, ProgressMessage(0, true, 100), At(3), &out_);
  scheduler_.Heard(id, 1, ProgressMessage(0, true, 100), At(3), &out_);
  const auto events = Of<Publish>(out_);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(events[0].event.progress().has_loss());
  EXPECT_EQ(events[0].event.progress().live_bytes(), 500);  // of the fullest rank
}

TEST_F(SchedulerTest, CancelEndsQueuedJobsAtOnceAndRunningOnesWithTheirProcesses) {
  Running("a", 1);
  scheduler_.Submit(MakeJob("b"), At(2), &out_);
  ASSERT_TRUE(scheduler_.Cancel("b", At(3), &out_).ok());
  EXPECT_EQ(LastJob().id(), "b");
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_CANCELLED);
  ASSERT_TRUE(scheduler_.Cancel("a", At(3), &out_).ok());
  ASSERT_TRUE(scheduler_.Cancel("a", At(3), &out_).ok());  // already on its way
  EXPECT_TRUE(Of<Persist>(out_).back().record.cancel_requested);
  EXPECT_THAT(Of<KillLauncher>(out_), SizeIs(1));
  scheduler_.LauncherExited({"a", 1}, {}, At(4), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(scheduler_.Cancel("a", At(5), &out_).code(), absl::StatusCode::kNotFound);
}

class SmallQueueTest : public SchedulerTest {
 protected:
  SmallQueueTest() : SchedulerTest({.max_running = 2, .max_queued = 1}) {}
};

TEST_F(SmallQueueTest, BoundsHold) {
  for (const char* id : {"a", "b", "c"}) {
    EXPECT_TRUE(scheduler_.Admit().ok());
    scheduler_.Submit(MakeJob(id), At(0), &out_);
  }
  EXPECT_EQ(scheduler_.num_running(), 2);
  EXPECT_EQ(scheduler_.num_queued(), 1);
  EXPECT_EQ(scheduler_.Admit().code(), absl::StatusCode::kResourceExhausted);
}

class RestartTest : public SchedulerTest {
 protected:
  // A job of two ranks that has done five steps; checkpoints allow two restarts.
  AttemptId Begin() {
    JobRecord record = MakeJob("a", 2);
    record.spec.steps = 20;
    record.spec.max_restarts = 2;
    scheduler_.Submit(record, At(0), &out_);
    Come(1, 0, 4, At(1));
    return {"a", 1};
  }
  void Come(int attempt, int first_step, int last_step, Instant now) {
    for (int rank : {0, 1}) ASSERT_TRUE(scheduler_.Hello({"a", attempt}, rank, 2, now, &out_).ok());
    for (int step = first_step; step <= last_step; ++step) {
      v1::WorkerMessage message = ProgressMessage(step, true);
      message.mutable_progress()->set_first_step(first_step);
      scheduler_.Heard({"a", attempt}, 0, message, now, &out_);
    }
  }
  void LoseRank(int attempt, double seconds) {
    scheduler_.StreamBroke({"a", attempt}, 1, At(seconds), &out_);
    scheduler_.StreamBroke({"a", attempt}, 0, At(seconds), &out_);
    scheduler_.LauncherExited({"a", attempt}, {.exit_code = 137}, At(seconds + 1), &out_);
  }
  void Succeed(int attempt, Instant now) {
    for (int rank : {0, 1}) {
      scheduler_.Heard({"a", attempt}, rank, TracePartMessage(rank), now, &out_);
      scheduler_.Heard({"a", attempt}, rank, DoneMessage(), now, &out_);
    }
    scheduler_.TraceStored({"a", attempt}, absl::OkStatus(), now, &out_);
    scheduler_.LauncherExited({"a", attempt}, {}, now, &out_);
  }
};

TEST_F(RestartTest, ALostRankCostsTheStepsSinceTheCheckpoint) {
  Begin();
  LoseRank(1, 10);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(LastJob().attempt(), 2);
  ASSERT_THAT(LastJob().restarts(), SizeIs(1));
  EXPECT_EQ(LastJob().restarts(0).from_step(), -1);
  ASSERT_THAT(Of<Launch>(out_), SizeIs(2));
  EXPECT_EQ(Of<Launch>(out_)[1].id, (AttemptId{"a", 2}));
  Come(2, 3, 19, At(14));  // from the checkpoint of step 3
  Succeed(2, At(20));
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_SUCCEEDED);
  const v1::Restart restart = LastJob().restarts(0);
  EXPECT_EQ(restart.from_step(), 3);
  EXPECT_EQ(restart.lost_steps(), 2);
  EXPECT_EQ(restart.restart_ns(), 4 * kSecond);
  EXPECT_THAT(restart.failure().message(), HasSubstr("rank 1"));
}

TEST_F(RestartTest, TheNumberOfRestartsIsBounded) {
  Begin();
  LoseRank(1, 10);
  Come(2, 3, 4, At(14));
  LoseRank(2, 20);
  Come(3, 3, 4, At(24));
  LoseRank(3, 30);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(LastJob().restarts(), SizeIs(2));
  EXPECT_EQ(LastJob().attempt(), 3);
}

TEST_F(RestartTest, WhatIsNoLossOfARankIsNotRepeated) {
  const AttemptId id = Begin();
  scheduler_.Heard(id, 0, FailureMessage(absl::StatusCode::kResourceExhausted, "the arena is full"), At(2),
                   &out_);
  scheduler_.LauncherExited(id, {.exit_code = 1}, At(3), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(LastJob().restarts(), SizeIs(0));
}

TEST_F(RestartTest, ACancelledJobIsNotRestarted) {
  const AttemptId id = Begin();
  ASSERT_TRUE(scheduler_.Cancel("a", At(2), &out_).ok());
  scheduler_.StreamBroke(id, 1, At(2), &out_);
  scheduler_.LauncherExited(id, {.exit_code = 137}, At(3), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_CANCELLED);
}

// Attempts share the deadline, and what could not even start is not tried again.
TEST_F(RestartTest, DeadlineAndLaunchAreOfTheJob) {
  Begin();
  LoseRank(1, 10);
  Come(2, 0, 1, At(12));
  scheduler_.Tick(At(599), &out_);  // silent since, but that is said as such
  EXPECT_NE(LastJob().state(), v1::JOB_STATE_SUCCEEDED);
  LoseRank(2, 700);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
}

TEST_F(RestartTest, WhoNeverCameIsNotTriedAgain) {
  JobRecord record = MakeJob("a", 2);
  record.spec.max_restarts = 2;
  scheduler_.Submit(record, At(0), &out_);
  scheduler_.LauncherExited({"a", 1}, {.exit_code = 1}, At(1), &out_);
  scheduler_.Tick(At(10), &out_);
  EXPECT_EQ(LastJob().state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(Of<Launch>(out_), SizeIs(1));
}

TEST_F(SchedulerTest, RecoveryAccountsForEveryJob) {
  std::vector<JobRecord> records = {MakeJob("queued"), MakeJob("ran-once"), MakeJob("ran-twice"),
                                    MakeJob("cancelled")};
  for (int i : {1, 2, 3}) {
    records[i].job.set_state(v1::JOB_STATE_RUNNING);
    records[i].job.set_attempt(i == 2 ? 2 : 1);
  }
  records[3].cancel_requested = true;
  scheduler_.Recover(records, At(0), &out_);
  ASSERT_THAT(Of<Launch>(out_), SizeIs(1));
  EXPECT_EQ(Of<Launch>(out_)[0].id, (AttemptId{"ran-once", 2}));
  EXPECT_EQ(scheduler_.num_queued(), 1);
  std::map<std::string, v1::Job> last;
  for (const auto& persist : Of<Persist>(out_)) last[persist.record.job.id()] = persist.record.job;
  EXPECT_EQ(last["ran-twice"].state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(last["ran-twice"].failure().message(),
              HasSubstr("coordinator was restarted twice while the job ran"));
  EXPECT_EQ(last["cancelled"].state(), v1::JOB_STATE_CANCELLED);
}

}  // namespace
}  // namespace ringside::coordinator
