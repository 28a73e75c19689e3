#include "cli/scenario_run.h"

#include <filesystem>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "trace/store.h"
#include "workers/checkpoint/index.h"
#include "workers/checkpoint/model_file.h"
#include "workers/data/corpus.h"

namespace ringside::cli {
namespace {

// The same file from wherever a worker is started.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return path.empty() || error ? path : absolute.lexically_normal().string();
}

absl::Status CheckCheckpoints(const coordinator::WorkerFiles& files, int checkpoint_every) {
  if (files.checkpoint_dir.empty()) return absl::OkStatus();
  const auto newest = checkpoint::LatestCheckpoint(files.checkpoint_dir);
  if (files.resume) return newest.status();
  if (newest.ok()) {
    return absl::AlreadyExistsError(
        fmt::format("--checkpoint-dir: there is a checkpoint already: {}; go on from it with --resume, or "
                    "choose another directory",
                    *newest));
  }
  if (checkpoint_every > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--checkpoint-dir: the scenario writes no checkpoints; set run.checkpoint_every to a number of steps");
}

}  // namespace

absl::StatusOr<coordinator::WorkerFiles> FilesOf(const ScenarioOptions& options, CompiledScenario* compiled) {
  const bool any = !options.checkpoint_dir.empty() || !options.init_from.empty() || !options.corpus.empty();
  if (any && !options.coordinator.empty()) {
    return absl::InvalidArgumentError(
        "--coordinator: one elsewhere does not read files of this machine; leave it out, or "
        "--checkpoint-dir, "
        "--init-from and --corpus");
  }
  coordinator::WorkerFiles files{.checkpoint_dir = Absolute(options.checkpoint_dir),
                                 .resume = options.resume,
                                 .init_from = Absolute(options.init_from),
                                 .corpus = Absolute(options.corpus)};
  RINGSIDE_RETURN_IF_ERROR(CheckCheckpoints(files, compiled->scenario.run().checkpoint_every()));
  if (!files.init_from.empty()) {
    RINGSIDE_RETURN_IF_ERROR(checkpoint::ModelFile::Open(files.init_from).status());
  }
  if (files.corpus.empty()) return files;
  RINGSIDE_ASSIGN_OR_RETURN(const auto corpus, data::CorpusFor(compiled->programs.front(), files.corpus));
  if (corpus == nullptr) return absl::InvalidArgumentError("--corpus: this model does not train on text");
  compiled->scenario.mutable_run()->set_data(v1::DATA_CORPUS);
  *compiled->resolved.scenario.mutable_run() = compiled->scenario.run();
  for (plan::Program& program : compiled->programs) program.run.set_data(v1::DATA_CORPUS);
  return files;
}

absl::StatusOr<ScenarioRun> RunScenario(CompiledScenario compiled, const ChosenProfile& profile,
                                        Cluster& cluster, const std::string& out) {
  ScenarioRun run;
  run.compiled = std::move(compiled);
  RINGSIDE_RETURN_IF_ERROR(trace::TryTraceDirectory(out));  // before the run, not after it
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
