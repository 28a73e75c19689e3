#include "evaluator/run_or_simulate.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "evaluator/design/band.h"
#include "evaluator/design/catalogue_run.h"
#include "evaluator/design/fit.h"
#include "evaluator/design/measurement.h"
#include "evaluator/design/plan_defaults.h"
#include "fmt/format.h"
#include "plan/compile.h"
#include "sim/simulate.h"

namespace ringside::evaluator {
namespace {

bool NeedsVirtualNodes(const v1::Scenario& scenario) {
  return scenario.cluster().nodes() > 1 && (scenario.cluster().has_links() || scenario.faults_size() > 0);
}

std::string Place(const v1::Failure& failure) {
  std::string place;
  if (failure.rank() >= 0) place += fmt::format(", rank {}", failure.rank());
  if (failure.step() >= 0) place += fmt::format(", step {}", failure.step());
  if (!failure.op().empty()) place += fmt::format(", {}", failure.op());
  return place;
}

// Where the run itself hit the limit, beside what the compiled programs say of it.
v1::Evidence RefusalOfTheRun(const v1::Job& job, const Fit& fit) {
  v1::Evidence evidence;
  evidence.set_quantity("memory_limit_reached");
  evidence.set_value(static_cast<double>(fit.limit_bytes));
  evidence.set_unit("bytes");
  evidence.set_origin(v1::ORIGIN_MEASURED);
  evidence.set_where(fmt::format("job {}{}: {}", job.id(), Place(job.failure()), job.failure().message()));
  return evidence;
}

}  // namespace

struct RunOrSimulate::Subject {
  v1::Scenario scenario;  // resolved
  std::vector<plan::Program> programs;
  Fit fit;
};

RunOrSimulate::RunOrSimulate(JobRunner* jobs, RunOrSimulateOptions options)
    : jobs_(jobs), options_(std::move(options)) {}

absl::StatusOr<RunOrSimulate::Subject> RunOrSimulate::SubjectOf(const plan::Resolved& resolved) {
  Subject subject;
  subject.scenario = resolved.scenario;
  RINGSIDE_ASSIGN_OR_RETURN(subject.programs, plan::Compile(resolved.scenario));
  subject.fit = CheckFit(subject.programs);
  return subject;
}

absl::StatusOr<Outcome> RunOrSimulate::Predict(const v1::Scenario& scenario) {
  if (IsOnCatalogue(scenario.cluster())) return RunOnCatalogue(scenario);
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const Subject subject, SubjectOf(resolved));
  return Simulated(subject, "a plan that nobody ran", /*keep=*/false);
}

absl::StatusOr<Estimated> RunOrSimulate::Estimate(const v1::Scenario& scenario) {
  if (!IsOnCatalogue(scenario.cluster())) return DesignRunner::Estimate(scenario);
  return estimator_.Estimate(scenario);
}

absl::StatusOr<Outcome> RunOrSimulate::Run(const v1::Scenario& scenario) {
  if (IsOnCatalogue(scenario.cluster())) return RunOnCatalogue(scenario);
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const Subject subject, SubjectOf(resolved));
  const Placement placement = WhereToRun(resolved, options_.limits);
  if (!placement.local) return Simulated(subject, placement.reason);
  if (jobs_ == nullptr) return Simulated(subject, "there is no coordinator to run it on");
  return RunForReal(subject, placement.reason);
}

absl::StatusOr<Outcome> RunOrSimulate::RunForReal(const Subject& subject, const std::string& why) {
  RINGSIDE_ASSIGN_OR_RETURN(const JobResult result, jobs_->RunJob(subject.scenario));
  const v1::Job& job = result.job;
  if (NeedsVirtualNodes(subject.scenario) && job.launcher() != "virtual-nodes") {
    return Simulated(subject, fmt::format("virtual nodes cannot be had here ({})", job.launcher_note()));
  }
  Outcome outcome;
  outcome.basis = v1::ORIGIN_MEASURED;
  outcome.band = MeasuredBand();
  outcome.basis_reason = why;
  outcome.trace_location = "job " + job.id();
  if (job.state() == v1::JOB_STATE_SUCCEEDED) return Digest(result.trace, std::move(outcome));
  const bool out_of_memory = job.state() == v1::JOB_STATE_FAILED &&
                             job.failure().code() == static_cast<int>(absl::StatusCode::kResourceExhausted);
  if (out_of_memory && !subject.fit.fits) {
    outcome.infeasible = DoesNotFit(subject.fit);
    outcome.infeasible->evidence.push_back(RefusalOfTheRun(job, subject.fit));
    return outcome;
  }
  if (job.state() == v1::JOB_STATE_CANCELLED) {
    return absl::CancelledError(fmt::format("job {} was cancelled before it could be scored", job.id()));
  }
  return absl::AbortedError(fmt::format("job {} could not be scored{}: {}", job.id(), Place(job.failure()),
                                        job.failure().message()));
}

absl::StatusOr<Outcome> RunOrSimulate::Simulated(const Subject& subject, const std::string& why, bool keep) {
  Outcome outcome;
  outcome.basis = v1::ORIGIN_SIMULATED;
  outcome.basis_reason = why;
  outcome.trace_location = "simulation of " + subject.scenario.name();
  if (!subject.fit.fits) {
    outcome.infeasible = DoesNotFit(subject.fit);
    return outcome;
  }
  sim::SimulateRequest request;
  RINGSIDE_ASSIGN_OR_RETURN(request.profile, options_.profile_of(subject.scenario.cluster().device()));
  outcome.band = ProfileBand(!absl::StartsWith(request.profile.measured_on(), "never"));
  request.programs = subject.programs;
  request.cluster = subject.scenario.cluster();
  request.faults.assign(subject.scenario.faults().begin(), subject.scenario.faults().end());
  request.scenario = subject.scenario;
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, sim::Simulate(request));
  return Digest(trace, std::move(outcome), keep);
}

absl::StatusOr<Outcome> RunOrSimulate::Digest(const v1::Trace& trace, Outcome outcome, bool keep) {
  if (keep && options_.keep_trace) {
    RINGSIDE_ASSIGN_OR_RETURN(outcome.trace_location, options_.keep_trace(trace));
  }
  RINGSIDE_ASSIGN_OR_RETURN(outcome.measurement, Measure(trace, outcome.trace_location));
  return outcome;
}

}  // namespace ringside::evaluator
