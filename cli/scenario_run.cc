#include "cli/scenario_run.h"

#include <utility>

#include "base/status_macros.h"
#include "trace/store.h"

namespace ringside::cli {

absl::StatusOr<ScenarioRun> RunScenario(CompiledScenario compiled, const ChosenProfile& profile,
                                        Cluster& cluster, const std::string& out) {
  ScenarioRun run;
  run.compiled = std::move(compiled);
  run.prediction = Predict(run.compiled, profile);
  RINGSIDE_ASSIGN_OR_RETURN(evaluator::JobResult result, cluster.RunJob(run.compiled.scenario));
  run.job = std::move(result.job);
  RINGSIDE_RETURN_IF_ERROR(ToStatus(run.job));
  run.trace = std::move(result.trace);
  RINGSIDE_RETURN_IF_ERROR(trace::SaveTrace(run.trace, out));
  run.trace_dir = out;
  RINGSIDE_ASSIGN_OR_RETURN(run.summary, trace::Summarize(run.trace));
  return run;
}

}  // namespace ringside::cli
