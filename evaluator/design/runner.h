// What the grader needs to have run: one scenario in, one outcome out. Implementations run it for real,
// simulate it, or (in tests) make it up; the outcome says which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/design/measurement.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

// Why a plan cannot be carried out, with the figures that show it.
struct Infeasible {
  std::string reason;
  std::vector<v1::Evidence> evidence;
  int64_t needed_bytes = 0;  // of the fullest rank, exact; 0: not known, because the plan does not compile
  std::string needed_where;  // rank and op at which that would be reached
};

struct Outcome {
  v1::Origin basis = v1::ORIGIN_UNSPECIFIED;  // measured, simulated; unspecified: not even that
  std::string basis_reason;                   // why it could be run, or why it was only simulated
  std::string trace_location;                 // a path, or a job: where a person finds the trace
  Measurement measurement;                    // what that trace says; not set when infeasible
  std::optional<Infeasible> infeasible;
  v1::ErrorBand band;  // how far the basis may be off (band.h)
};

// A plan at a first look.
struct Estimated {
  double step_s = 0, tokens_per_s = 0, bytes = 0, limit_bytes = 0;
  int ranks = 0;
};

class DesignRunner {
 public:
  virtual ~DesignRunner() = default;
  // `scenario` is resolved and valid. A plan that does not fit is an outcome. An error means that the plan
  // could not be judged; UNAVAILABLE: there is nothing to run it on. A runner
  // behind a service is called from several threads.
  virtual absl::StatusOr<Outcome> Run(const v1::Scenario& scenario) = 0;
  // The same by simulation alone, whatever could be run: for what nobody answered, and has to be quick.
  // UNIMPLEMENTED: there is no simulator.
  virtual absl::StatusOr<Outcome> Predict(const v1::Scenario& scenario) {
    return absl::UnimplementedError("no simulation of " + scenario.name());
  }
  // A first look, to choose what is worth predicting. UNIMPLEMENTED: everything is.
  virtual absl::StatusOr<Estimated> Estimate(const v1::Scenario& scenario) {
    return absl::UnimplementedError("no first look at " + scenario.name());
  }
};

}  // namespace ringside::evaluator
