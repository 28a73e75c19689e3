// One scenario, predicted and run for real: what `run` prints and the demo compares.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/cluster.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "ringside/v1/coordinator.pb.h"
#include "ringside/v1/trace.pb.h"
#include "trace/summary.h"

namespace ringside::cli {

struct ScenarioRun {
  CompiledScenario compiled;
  v1::Job job;
  v1::Trace trace;
  trace::RunSummary summary;
  absl::StatusOr<Prediction> prediction = absl::UnknownError("not predicted");
  std::string trace_dir;  // where the trace was kept
};

// Keeps the trace in `out`. What cannot be predicted (a rank that is killed) is run all the same. The errors
// are those of the cluster, of the job (ToStatus), and PERMISSION_DENIED for a trace that cannot be written.
absl::StatusOr<ScenarioRun> RunScenario(CompiledScenario compiled, const ChosenProfile& profile,
                                        Cluster& cluster, const std::string& out);

}  // namespace ringside::cli
