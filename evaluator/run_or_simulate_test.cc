#include "evaluator/run_or_simulate.h"

#include <string>
#include <vector>

#include "evaluator/design/question.h"
#include "evaluator/design/scenario_of.h"
#include "evaluator/design/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plan/compile.h"
#include "sim/profile.h"
#include "sim/simulate.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<v1::DeviceProfile> ProfileOf(const std::string& device) {
  if (device == "local-cpu") return sim::UncalibratedLocalCpu(4);
  return absl::NotFoundError("no profile of " + device);
}

// A coordinator whose jobs end as the test says; a job that succeeds returns a simulated trace marked
// measured.
class FakeJobs : public JobRunner {
 public:
  absl::StatusOr<JobResult> RunJob(const v1::Scenario& scenario) override {
    ++runs;
    if (!status.ok()) return status;
    JobResult result;
    result.job = job;
    result.job.set_id("42");
    if (job.state() == v1::JOB_STATE_SUCCEEDED) {
      sim::SimulateRequest request;
      request.programs = *plan::Compile(scenario);
      request.profile = *ProfileOf("local-cpu");
      request.cluster = scenario.cluster();
      request.scenario = scenario;
      result.trace = *sim::Simulate(request);
      result.trace.set_origin(v1::ORIGIN_MEASURED);
    }
    return result;
  }
  int runs = 0;
  absl::Status status;
  v1::Job job;
};

class RunOrSimulateTest : public ::testing::Test {
 protected:
  RunOrSimulateTest() {
    options_.limits.max_total_bytes = int64_t{1} << 34;
    options_.profile_of = ProfileOf;
    jobs_.job.set_state(v1::JOB_STATE_SUCCEEDED);
    jobs_.job.set_launcher("local");
  }

  absl::StatusOr<Outcome> Run(JobRunner* jobs) {
    const v1::Scenario scenario = *ScenarioOf(*ResolveQuestion(question_), testing::Plan(2, 1, 2, 4, 2));
    return RunOrSimulate(jobs, options_).Run(scenario);
  }

  void Fail(absl::StatusCode code, const std::string& message) {
    jobs_.job.set_state(v1::JOB_STATE_FAILED);
    v1::Failure& failure = *jobs_.job.mutable_failure();
    failure.set_code(static_cast<int>(code));
    failure.set_message(message);
    failure.set_rank(3);
    failure.set_step(1);
    failure.set_op("backward gemm");
  }

  v1::DesignQuestion question_ = testing::SomeQuestion();
  RunOrSimulateOptions options_;
  FakeJobs jobs_;
};

TEST_F(RunOrSimulateTest, RunsForRealWhatThisMachineCan) {
  const absl::StatusOr<Outcome> outcome = Run(&jobs_);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(jobs_.runs, 1);
  EXPECT_EQ(outcome->basis, v1::ORIGIN_MEASURED);
  EXPECT_EQ(outcome->basis_reason, "its 4 ranks fit this machine");
  EXPECT_EQ(outcome->measurement.basis, v1::ORIGIN_MEASURED);
  EXPECT_GT(outcome->measurement.tokens_per_s, 0);
  EXPECT_THAT(outcome->measurement.peak_where, HasSubstr("job 42, rank "));
}

TEST_F(RunOrSimulateTest, SimulatesTheRestAndSaysWhy) {
  options_.limits.max_ranks = 2;
  const absl::StatusOr<Outcome> outcome = Run(&jobs_);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(jobs_.runs, 0);
  EXPECT_EQ(outcome->basis, v1::ORIGIN_SIMULATED);
  EXPECT_EQ(outcome->basis_reason, "its 4 ranks are over this machine's limit of 2");
  EXPECT_EQ(outcome->measurement.basis, v1::ORIGIN_SIMULATED);
  EXPECT_THAT(Run(nullptr)->basis_reason, HasSubstr("limit of 2"));
  options_.limits.max_ranks = 8;
  EXPECT_EQ(Run(nullptr)->basis_reason, "there is no coordinator to run it on");
}

TEST_F(RunOrSimulateTest, AnUnknownDeviceIsAnError) {
  question_.mutable_cluster()->set_device("mystery");
  EXPECT_EQ(Run(&jobs_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RunOrSimulateTest, ABrokenMemoryLimitIsInfeasibleWithTheRunsOwnWords) {
  question_.mutable_cluster()->set_memory_mib(1);
  Fail(absl::StatusCode::kResourceExhausted, "arena: 8192 bytes more do not fit");
  const absl::StatusOr<Outcome> outcome = Run(&jobs_);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->basis, v1::ORIGIN_MEASURED);
  ASSERT_TRUE(outcome->infeasible.has_value());
  EXPECT_GT(outcome->infeasible->needed_bytes, 1 << 20);
  const v1::Evidence& refusal = outcome->infeasible->evidence.back();
  EXPECT_EQ(refusal.origin(), v1::ORIGIN_MEASURED);
  EXPECT_EQ(refusal.where(), "job 42, rank 3, step 1, backward gemm: arena: 8192 bytes more do not fit");
}

TEST_F(RunOrSimulateTest, WithoutARunTheProgramsProveThatItDoesNotFit) {
  question_.mutable_cluster()->set_memory_mib(1);
  const absl::StatusOr<Outcome> outcome = Run(nullptr);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->basis, v1::ORIGIN_SIMULATED);
  ASSERT_TRUE(outcome->infeasible.has_value());
  EXPECT_THAT(outcome->infeasible->reason, HasSubstr("granted 1.00 MiB"));
}

TEST_F(RunOrSimulateTest, OtherFailuresSayNothingAboutThePlan) {
  Fail(absl::StatusCode::kResourceExhausted, "the machine is out of memory");  // no limit was set
  EXPECT_THAT(std::string(Run(&jobs_).status().message()),
              HasSubstr("job 42 could not be scored, rank 3, step 1, backward gemm: the machine is out"));
  Fail(absl::StatusCode::kDeadlineExceeded, "stalled");
  EXPECT_EQ(Run(&jobs_).status().code(), absl::StatusCode::kAborted);
  jobs_.job.set_state(v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(Run(&jobs_).status().code(), absl::StatusCode::kCancelled);
  jobs_.status = absl::UnavailableError("nobody there");
  EXPECT_EQ(Run(&jobs_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RunOrSimulateTest, LinksThatCannotBeHadAreSimulated) {
  question_.mutable_cluster()->set_nodes(4);
  question_.mutable_cluster()->set_devices_per_node(1);
  question_.add_faults()->mutable_slow_link()->set_node(2);
  question_.mutable_faults(0)->mutable_slow_link()->set_gbps(0.1);
  jobs_.job.set_launcher_note("no network namespaces");
  const absl::StatusOr<Outcome> outcome = Run(&jobs_);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->basis, v1::ORIGIN_SIMULATED);
  EXPECT_THAT(outcome->basis_reason, HasSubstr("virtual nodes cannot be had here (no network namespaces)"));
  jobs_.job.set_launcher("virtual-nodes");
  EXPECT_EQ(Run(&jobs_)->basis, v1::ORIGIN_MEASURED);
}

TEST_F(RunOrSimulateTest, TracesAreKeptWhereAsked) {
  std::vector<v1::Origin> kept;
  options_.keep_trace = [&](const v1::Trace& trace) -> absl::StatusOr<std::string> {
    kept.push_back(trace.origin());
    return "traces/1";
  };
  EXPECT_THAT(Run(nullptr)->measurement.tokens_where, HasSubstr("traces/1, rank"));
  EXPECT_EQ(kept, std::vector<v1::Origin>{v1::ORIGIN_SIMULATED});
}

}  // namespace
}  // namespace ringside::evaluator
