// The DesignRunner of every real evaluator: runs a scenario for real where this machine can, else simulates
// it, and says which and why.
//
// Clusters of the catalogue are simulated from data sheets and laws (design/catalogue_run.h); no trace is
// kept. Anything else is run when the cluster's device is local-cpu and ranks, memory and work are within
// LocalLimits. A scenario with links of its own is simulated, too, where virtual nodes cannot be had: plain
// processes would measure another cluster. A plan whose memory limit is broken is infeasible: the run's
// refusal is the evidence, and the exact need comes from the compiled programs. Thread-safe if `jobs` and the
// options' functions are.
#pragma once

#include <functional>
#include <string>

#include "evaluator/design/catalogue_estimate.h"
#include "evaluator/design/runner.h"
#include "evaluator/jobs.h"
#include "evaluator/local_limits.h"
#include "plan/compile.h"
#include "ringside/v1/device.pb.h"

namespace ringside::evaluator {

struct RunOrSimulateOptions {
  LocalLimits limits = LocalLimits::OfThisMachine();
  // What the simulator knows of a cluster.device, local-cpu included; NOT_FOUND: nothing. Whoever grades
  // questions of strangers must not take the name for a path here.
  std::function<absl::StatusOr<v1::DeviceProfile>(const std::string& device)> profile_of;
  // Called with the trace of every plan that was run or simulated; returns where it can be found. May be
  // empty.
  std::function<absl::StatusOr<std::string>(const v1::Trace& trace)> keep_trace;
};

class RunOrSimulate : public DesignRunner {
 public:
  // `jobs` may be null: then everything is simulated. It must outlive this.
  RunOrSimulate(JobRunner* jobs, RunOrSimulateOptions options);

  absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) override;
  absl::StatusOr<Outcome> Predict(const v1::Scenario& scenario) override;
  absl::StatusOr<Estimated> Estimate(const v1::Scenario& scenario) override;

 private:
  struct Subject;  // one scenario, compiled

  static absl::StatusOr<Subject> SubjectOf(const plan::Resolved& resolved);
  absl::StatusOr<Outcome> RunForReal(const Subject& subject, const std::string& why);
  absl::StatusOr<Outcome> Simulated(const Subject& subject, const std::string& why, bool keep = true);
  absl::StatusOr<Outcome> Digest(const v1::Trace& trace, Outcome outcome, bool keep = true);

  CatalogueEstimator estimator_;
  JobRunner* jobs_;
  RunOrSimulateOptions options_;
};

}  // namespace ringside::evaluator
