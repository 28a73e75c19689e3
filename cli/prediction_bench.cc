// How near do predictions come to this machine? Calibrates, then runs the given scenarios for real in
// interleaved rounds and compares each measured median step time with the simulated one.
//
//   prediction_bench [--rounds N] [--quick] [--profile FILE] [--json FILE] [--random N [--seed S]]
//   [SCENARIO...]
//
// With no scenario: the four plans of the demo. --random: N plans drawn over dp, tp, pp, ZeRO, schedules,
// recomputation and micro-batches, every second one on virtual nodes whose links are limited.
//
// The spread of the measured medians over the rounds says how quiet the machine was: an error smaller than
// that is not known to be one.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "cli/calibration.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/drawn_scenarios.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "cli/scenario_run.h"
#include "cli/temporary_directory.h"
#include "fmt/format.h"
#include "trace/table.h"

namespace ringside::cli {
namespace {

struct BenchOptions {
  std::vector<std::string> scenarios;
  int random = 0;
  uint64_t seed = 1;
  int rounds = 5;
  bool quick = false;
  std::string profile;  // empty: calibrate
  std::string json;
};

struct Subject {
  std::string name;
  bool limited_links = false;
  double predicted_ms = 0;
  std::vector<double> measured_ms;  // the median step of each round

  double median_ms() const { return At(0.5); }
  double At(double quantile) const {
    std::vector<double> sorted = measured_ms;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  double error() const { return predicted_ms / median_ms() - 1; }
};

absl::StatusOr<ChosenProfile> ProfileFor(const BenchOptions& options, Cluster& cluster, Progress* progress) {
  if (!options.profile.empty()) return ChooseProfile(options.profile);
  RINGSIDE_ASSIGN_OR_RETURN(const v1::DeviceProfile profile, CalibrateOn(cluster, options.quick, progress));
  return ChosenProfile{profile, true, "calibrated now"};
}

absl::StatusOr<std::vector<CompiledScenario>> Scenarios(const BenchOptions& options) {
  std::vector<CompiledScenario> scenarios;
  for (const std::string& path : options.scenarios) {
    RINGSIDE_ASSIGN_OR_RETURN(scenarios.emplace_back(), LoadScenario(path));
  }
  for (const v1::Scenario& drawn : DrawScenarios(options.random, options.seed)) {
    RINGSIDE_ASSIGN_OR_RETURN(scenarios.emplace_back(), CompileScenario(drawn));
  }
  return scenarios;
}

absl::StatusOr<std::vector<Subject>> Measure(const BenchOptions& options, Cluster& cluster,
                                             Progress* progress) {
  RINGSIDE_ASSIGN_OR_RETURN(const ChosenProfile profile, ProfileFor(options, cluster, progress));
  RINGSIDE_ASSIGN_OR_RETURN(const auto scratch, TemporaryDirectory::Create());
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<CompiledScenario> scenarios, Scenarios(options));
  std::vector<Subject> subjects(scenarios.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < subjects.size(); ++i) {
      RINGSIDE_ASSIGN_OR_RETURN(
          const ScenarioRun run,
          RunScenario(scenarios[i], profile, cluster, scratch->path() + "/" + std::to_string(i)));
      RINGSIDE_RETURN_IF_ERROR(run.prediction.status());
      subjects[i].name = run.summary.name;
      subjects[i].limited_links = scenarios[i].scenario.cluster().has_links();
      subjects[i].predicted_ms = run.prediction->summary.step_s_median * 1e3;
      subjects[i].measured_ms.push_back(run.summary.step_s_median * 1e3);
    }
  }
  return subjects;
}

std::string Order(std::vector<Subject> subjects, double (*key)(const Subject&)) {
  std::sort(subjects.begin(), subjects.end(),
            [key](const Subject& a, const Subject& b) { return key(a) < key(b); });
  std::string order;
  for (const Subject& subject : subjects) order += (order.empty() ? "" : " < ") + subject.name;
  return order;
}

void PrintErrors(const char* of, const std::vector<Subject>& subjects, bool (*counts)(const Subject&)) {
  std::vector<double> errors;
  for (const Subject& s : subjects) {
    if (counts(s)) errors.push_back(std::abs(s.error()));
  }
  if (errors.empty()) return;
  std::sort(errors.begin(), errors.end());
  const auto within = [&](double most) {
    return std::upper_bound(errors.begin(), errors.end(), most) - errors.begin();
  };
  fmt::print(
      "  {:<18} {:3} plans: |error| median {:.1f} %, largest {:.1f} %; within 10 %: {}, within 20 %: {}\n",
      of, errors.size(), 100 * errors[errors.size() / 2], 100 * errors.back(), within(0.1), within(0.2));
}

void Print(const std::vector<Subject>& subjects) {
  using Align = trace::Table::Align;
  trace::Table table;
  table.Column("step time, ms", Align::kLeft).Column("predicted").Column("measured");
  table.Column("rounds from").Column("to").Column("error");
  for (const Subject& s : subjects) {
    table.Row({s.name, fmt::format("{:.2f}", s.predicted_ms), fmt::format("{:.2f}", s.median_ms()),
               fmt::format("{:.2f}", s.At(0)), fmt::format("{:.2f}", s.At(1)),
               fmt::format("{:+.1f} %", 100 * s.error())});
  }
  fmt::print("{}", table.Text());
  PrintErrors("all", subjects, [](const Subject&) { return true; });
  PrintErrors("links as they are", subjects, [](const Subject& s) { return !s.limited_links; });
  PrintErrors("limited links", subjects, [](const Subject& s) { return s.limited_links; });
  if (subjects.size() > 8) return;
  fmt::print("  order predicted  {}\n  order measured   {}\n",
             Order(subjects, [](const Subject& s) { return s.predicted_ms; }),
             Order(subjects, [](const Subject& s) { return s.median_ms(); }));
}

nlohmann::json Json(const std::vector<Subject>& subjects) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Subject& s : subjects) {
    rows.push_back({{"scenario", s.name},
                    {"limited_links", s.limited_links},
                    {"predicted_ms", s.predicted_ms},
                    {"measured_ms", s.measured_ms},
                    {"measured_median_ms", s.median_ms()},
                    {"error", s.error()}});
  }
  return rows;
}

int Compare(const BenchOptions& options) {
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({"", &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  const auto subjects = Measure(options, **cluster, &progress);
  progress.Clear();
  if (!subjects.ok()) return Fail(subjects.status());
  Print(*subjects);
  if (!options.json.empty()) {
    const absl::Status written = WriteFile(options.json, Json(*subjects).dump(2) + '\n');
    if (!written.ok()) return Fail(written);
  }
  return kExitOk;
}

}  // namespace
}  // namespace ringside::cli

int main(int argc, char** argv) {
  ringside::cli::BenchOptions options;
  CLI::App app("Predicted against measured step times on this machine");
  app.add_option("scenario", options.scenarios, "scenario files (default: the demo's)")
      ->check(CLI::ExistingFile);
  app.add_option("--random", options.random, "drawn plans, beside the scenarios")->check(CLI::Range(0, 1000));
  app.add_option("--seed", options.seed, "of the drawn plans")->capture_default_str();
  app.add_option("--rounds", options.rounds, "interleaved rounds")->check(CLI::Range(1, 1000));
  app.add_flag("--quick", options.quick, "the short calibration");
  app.add_option("--profile", options.profile, "use this profile; do not calibrate");
  app.add_option("--json", options.json, "write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  if (options.scenarios.empty() && options.random == 0) {
    for (const char* plan : {"dp4", "tp4", "pp4", "dp2tp2"}) {
      options.scenarios.push_back(std::string(RINGSIDE_SCENARIOS) + "/demo-" + plan + ".yaml");
    }
  }
  return ringside::cli::Compare(options);
}
