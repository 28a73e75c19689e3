// `ringside report scaling`: from runs, kept or made now, to documents and an exit code.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scenario_file.h"
#include "cli/scenario_run.h"
#include "fmt/format.h"
#include "proto/yaml.h"
#include "report/cells.h"
#include "report/document.h"
#include "report/runs.h"
#include "report/scaling.h"
#include "trace/store.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

// The scenario over other numbers of ranks: dp follows. For strong scaling a step keeps the tokens that it
// has in the file, or, where that says no dp, at the fewest ranks: a replica gets more or fewer
// micro-batches, and where their number cannot be divided, one of fewer sequences.
class Scaled {
 public:
  static absl::StatusOr<Scaled> Read(const std::string& path, std::vector<int> ranks, bool weak) {
    Scaled scaled;
    RINGSIDE_ASSIGN_OR_RETURN(const std::string text, proto::ReadYamlText(path));
    RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(text, path, &scaled.scenario_));
    if (!scaled.scenario_.has_name()) scaled.scenario_.set_name(std::filesystem::path(path).stem().string());
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    for (const int n : ranks) {
      RINGSIDE_ASSIGN_OR_RETURN(scaled.compiled_.emplace_back(), scaled.At(n, ranks.front(), weak));
    }
    return scaled;
  }
  const std::vector<CompiledScenario>& compiled() const { return compiled_; }

 private:
  absl::StatusOr<CompiledScenario> At(int ranks, int fewest, bool weak) const {
    v1::Scenario scenario = scenario_;
    v1::ParallelPlan& plan = *scenario.mutable_plan();
    const auto given = [](bool has, int32_t value) { return has ? std::max(value, 1) : 1; };
    const int64_t ways = int64_t{given(plan.has_tp(), plan.tp())} * given(plan.has_pp(), plan.pp()) *
                         given(plan.has_cp(), plan.cp());
    if (ranks % ways != 0 || fewest % ways != 0) {
      return absl::InvalidArgumentError(
          fmt::format("--ranks: {} is no multiple of the plan's tp x pp x cp = {}",
                      ranks % ways != 0 ? ranks : fewest, ways));
    }
    const int64_t replicas = plan.has_dp() ? given(true, plan.dp()) : fewest / ways;
    plan.set_dp(static_cast<int32_t>(ranks / ways));
    if (scenario.cluster().nodes() <= 1) scenario.mutable_cluster()->clear_devices_per_node();
    if (!weak) {
      const int64_t most = int64_t{given(plan.has_micro_batches(), plan.micro_batches())} * replicas;
      const int64_t batch = most * given(plan.has_micro_batch(), plan.micro_batch());
      if (batch % plan.dp() != 0) {
        return absl::InvalidArgumentError(fmt::format(
            "--ranks: {} replicas do not divide the {} sequences of a step; raise plan.micro_batch or "
            "plan.micro_batches, or use --weak",
            plan.dp(), batch));
      }
      const int64_t each = batch / plan.dp();
      if (most % plan.dp() == 0) {
        plan.set_micro_batches(static_cast<int32_t>(most / plan.dp()));
      } else {
        plan.set_micro_batches(1);
        plan.set_micro_batch(static_cast<int32_t>(each));
      }
    }
    return CompileScenario(std::move(scenario));
  }

  v1::Scenario scenario_;
  std::vector<CompiledScenario> compiled_;
};

// A report needs trace.pb alone; the copy for viewers is three times as large, and `trace export` writes it.
void DropChromeFile(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove(std::filesystem::path(directory) / trace::kChromeFile, ignored);
}

absl::StatusOr<std::vector<report::KeptRun>> RunAll(const ScalingOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const Scaled scaled, Scaled::Read(options.scenario, options.ranks, options.weak));
  RINGSIDE_ASSIGN_OR_RETURN(
      const ChosenProfile profile,
      ProfileOfDevice(scaled.compiled().front().scenario.cluster().device(), options.profile));
  Progress progress;
  Interrupt interrupt;
  RINGSIDE_ASSIGN_OR_RETURN(const auto cluster, Cluster::Open({options.coordinator, &progress, &interrupt}));
  std::vector<report::KeptRun> runs;
  for (int repeat = 1; repeat <= options.repeats; ++repeat) {
    for (const CompiledScenario& scenario : scaled.compiled()) {
      const std::string directory = fmt::format("{}/runs/p{}", options.out, scenario.programs.size());
      const std::string out = fmt::format("{}/r{}", directory, repeat);
      RINGSIDE_ASSIGN_OR_RETURN(const ScenarioRun run, RunScenario(scenario, profile, *cluster, out));
      DropChromeFile(out);
      RINGSIDE_ASSIGN_OR_RETURN(runs.emplace_back(), report::KeptRunOf(run.trace, out));
      if (repeat > 1 || !run.prediction.ok()) continue;
      RINGSIDE_RETURN_IF_ERROR(trace::SaveTrace(run.prediction->trace, directory + "/predicted"));
      DropChromeFile(directory + "/predicted");
      RINGSIDE_ASSIGN_OR_RETURN(runs.emplace_back(),
                                report::KeptRunOf(run.prediction->trace, directory + "/predicted"));
    }
  }
  return runs;
}

absl::StatusOr<report::ScalingReport> Report(const ScalingOptions& options) {
  if (options.scenario.empty() == options.runs.empty()) {
    return absl::InvalidArgumentError(
        "report scaling: name directories of kept runs, or a scenario with --scenario");
  }
  // Before an hour of runs, not after it.
  std::vector<report::KeptRun> before, noise;
  if (!options.baseline.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(before, report::LoadRuns({options.baseline}));
  }
  report::ReportOptions settings;
  settings.gate.interleaved = options.interleaved;
  if (!options.noise.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(settings.noise, report::LoadRuns({options.noise}));
  }
  std::vector<report::KeptRun> runs;
  if (options.scenario.empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(runs, report::LoadRuns(options.runs));
  } else {
    RINGSIDE_ASSIGN_OR_RETURN(runs, RunAll(options));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<report::Point> points, report::PointsOf(std::move(runs)));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<report::Point> baseline, report::PointsOf(std::move(before)));
  return report::MakeReport(points, baseline, settings);
}

absl::Status WriteDocuments(const report::ScalingReport& report, const std::string& out) {
  const std::vector<std::pair<const char*, std::string>> documents = {
      {"report.md", report::Markdown(report)},
      {"report.html", report::Html(report)},
      {"report.json", report::ToJson(report).dump(2) + '\n'},
      {"junit.xml", report::JUnit(report)},
      {"benchmark.json", report::GithubBenchmark(report).dump(2) + '\n'},
      {"bencher.json", report::BencherMetrics(report).dump(2) + '\n'},
      {"metrics.prom", report::OpenMetrics(report)},
  };
  for (const auto& [name, text] : documents) RINGSIDE_RETURN_IF_ERROR(WriteFile(out + "/" + name, text));
  return absl::OkStatus();
}

std::string TableText(const report::Cells& cells) {
  trace::Table table;
  for (const std::string& head : cells.head) table.Column(head);
  for (const auto& row : cells.rows) table.Row(row);
  return cells.title + "\n" + table.Text() + "\n";
}

// 1 is a confirmed regression and nothing else: a script that fails a change on 1 must not do so for a run
// that could not be started.
int FailWithoutVerdict(const absl::Status& status) {
  const int code = Fail(status);
  return code == kExitFailed ? kExitNoVerdict : code;
}

}  // namespace

int ReportScaling(const ScalingOptions& options) {
  const Output output(options.json);
  const auto report = Report(options);
  if (!report.ok()) return FailWithoutVerdict(report.status());
  for (const report::Cells& cells : report::AllCells(*report)) output.Print(TableText(cells));
  for (const std::string& finding : report->findings) output.Print("  " + finding + "\n");
  for (const std::string& note : report->notes) output.Print("  note: " + note + "\n");
  if (absl::Status written = WriteDocuments(*report, options.out); !written.ok())
    return FailWithoutVerdict(written);
  output.Print(fmt::format("  documents   {}/report.html and beside it\n", options.out));
  if (absl::Status written = output.WriteJson(report::ToJson(*report)); !written.ok()) {
    return FailWithoutVerdict(written);
  }
  return report->confirmed_regression() ? kExitFailed : kExitOk;
}

}  // namespace ringside::cli
