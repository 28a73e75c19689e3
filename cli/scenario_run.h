// One scenario, predicted and run for real: what `run` prints and the demo compares.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "coordinator/launch/launcher.h"
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

// What of the options names files of this machine, as absolute paths; sets run.data of `compiled` where a
// corpus is given. INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS: what is asked for cannot be: no checkpoints
// to resume from, or some to be overwritten; a text that is too short; options that the scenario has no use
// for.
absl::StatusOr<coordinator::WorkerFiles> FilesOf(const ScenarioOptions& options, CompiledScenario* compiled);

// Keeps the trace in `out`. What cannot be predicted (a rank that is killed) is run all the same. The errors
// are those of the cluster, of the job (ToStatus), and PERMISSION_DENIED for a trace that cannot be written.
absl::StatusOr<ScenarioRun> RunScenario(CompiledScenario compiled, const ChosenProfile& profile,
                                        Cluster& cluster, const std::string& out);

}  // namespace ringside::cli
