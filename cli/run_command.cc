// `ringside run SCENARIO.yaml`: run for real, watch, fetch the trace, say what it says, compare with the
// prediction.
#include <string>
#include <string_view>
#include <utility>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scenario_file.h"
#include "cli/scenario_run.h"
#include "cli/summary_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/compare.h"

namespace ringside::cli {
namespace {

nlohmann::json ToJson(const ScenarioRun& run) {
  nlohmann::json document = trace::ToJson(run.summary);
  if (run.prediction.ok()) {
    document["predicted"] = trace::ToJson(run.prediction->summary);
    document["profile"] = run.prediction->profile;
  } else {
    document["not_predicted"] = std::string(run.prediction.status().message());
  }
  document["trace"] = run.trace_dir;
  document["job"] = {
      {"id", run.job.id()}, {"launcher", run.job.launcher()}, {"launcher_note", run.job.launcher_note()}};
  for (const v1::Restart& restart : run.job.restarts()) {
    document["job"]["restarts"].push_back({{"failure", restart.failure().message()},
                                           {"from_step", restart.from_step()},
                                           {"lost_steps", restart.lost_steps()},
                                           {"restart_s", static_cast<double>(restart.restart_ns()) * 1e-9}});
  }
  document["environment"] = {{"cpu_model", run.trace.environment().cpu_model()},
                             {"cores", run.trace.environment().cores()},
                             {"kernels", run.trace.environment().kernels()},
                             {"transport", run.trace.environment().transport()}};
  return document;
}

std::string Comparison(const ScenarioRun& run) {
  if (!run.prediction.ok()) {
    return fmt::format("  not predicted: {}\n", std::string(run.prediction.status().message()));
  }
  const auto comparison = trace::Compare(run.trace, run.prediction->trace);
  if (!comparison.ok())
    return fmt::format("  not compared: {}\n", std::string(comparison.status().message()));
  return trace::ToText(*comparison) +
         fmt::format("  predicted with the profile {}\n", run.prediction->profile);
}

std::string RestartsText(const v1::Job& job) {
  std::string text;
  for (const v1::Restart& restart : job.restarts()) {
    text += fmt::format("  restarted   at step {}, {} steps of work lost, {:.1f} s until it went on: {}\n",
                        restart.from_step(), restart.lost_steps(),
                        static_cast<double>(restart.restart_ns()) * 1e-9, restart.failure().message());
  }
  return text;
}

// What the workers noted of them (workers/checkpoint/checkpointer.h).
std::string CheckpointsText(const v1::Environment& environment) {
  constexpr std::string_view kPrefix = "checkpoints: ";
  std::string text;
  for (const std::string& note : environment.notes()) {
    if (note.starts_with(kPrefix)) text += fmt::format("  checkpoints {}\n", note.substr(kPrefix.size()));
  }
  return text;
}

}  // namespace

int Run(const ScenarioOptions& options) {
  const Output output(options.json);
  auto compiled = LoadScenario(options.scenario, options.ranks);
  if (!compiled.ok()) return Fail(compiled.status());
  const auto profile = ProfileOfDevice(compiled->scenario.cluster().device(), options.profile);
  if (!profile.ok()) return Fail(profile.status());
  auto files = FilesOf(options, &*compiled);
  if (!files.ok()) return Fail(files.status());
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({options.coordinator, &progress, &interrupt, *std::move(files)});
  if (!cluster.ok()) return Fail(cluster.status());
  const std::string out = options.out.empty() ? "out/" + AsFileName(compiled->scenario.name()) : options.out;
  const auto run = RunScenario(*std::move(compiled), *profile, **cluster, out);
  progress.Clear();
  if (!run.ok()) return Fail(run.status());
  output.Print(SummaryText(run->summary) + "\n");
  output.Print(Comparison(*run) + "\n");
  output.Print(RestartsText(run->job) + CheckpointsText(run->trace.environment()));
  output.Print(fmt::format("  launcher    {}{}\n", run->job.launcher(),
                           run->job.launcher_note().empty() ? "" : ": " + run->job.launcher_note()));
  output.Print(fmt::format("  kernels     {}\n", run->trace.environment().kernels()));
  output.Print(fmt::format("  trace       {}\n", run->trace_dir));
  if (absl::Status written = output.WriteJson(ToJson(*run)); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
