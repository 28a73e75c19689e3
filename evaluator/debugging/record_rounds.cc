// Records the debugging rounds: runs every scenario of the catalogue for real (those that need links of their
// own are simulated), with the experiments that a candidate may ask for, and writes one small file a round.
//
//   record_debugging_rounds --date 2026-01-31 [--round NAME]...
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "evaluator/debugging/catalogue.h"
#include "evaluator/debugging/record_texts.h"
#include "evaluator/debugging/recorded.h"
#include "evaluator/debugging/sparkline.h"
#include "plan/compile.h"
#include "plan/learning_rate.h"
#include "proto/yaml.h"
#include "sim/profile.h"
#include "sim/simulate.h"
#include "trace/file_writer.h"
#include "workers/local_cluster.h"

namespace ringside::evaluator {
namespace {

struct Settings {
  std::string scenarios = "scenarios/debug", out = "evaluator/debugging/rounds/recorded", date;
  std::vector<std::string> rounds;
};

absl::StatusOr<v1::Trace> RunOrSimulate(const v1::Scenario& scenario, bool simulated) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(auto programs, plan::Compile(scenario));
  if (!simulated) {
    RINGSIDE_ASSIGN_OR_RETURN(v1::Trace trace, workers::RunInThreads(programs));
    *trace.mutable_scenario() = scenario;
    return trace;
  }
  sim::SimulateRequest request;
  request.programs = std::move(programs);
  request.profile = sim::UncalibratedLocalCpu(2);
  sim::AddDefaultInterNodeLaw(&request.profile);
  request.cluster = resolved.scenario.cluster();
  request.scenario = resolved.scenario;
  return sim::Simulate(request);
}

// Norms and held-out loss change nothing of a run, and every candidate may ask for them.
v1::Scenario Observed(v1::Scenario scenario, bool simulated) {
  if (simulated) return scenario;
  scenario.mutable_run()->set_trace_norms(true);
  if (scenario.run().eval_micro_batches() == 0) scenario.mutable_run()->set_eval_micro_batches(1);
  return scenario;
}

struct Variant {
  std::string id, what;
  v1::Scenario scenario;
};

absl::StatusOr<std::vector<Variant>> VariantsOf(const DebuggingCatalogue::Runs& runs, bool simulated) {
  std::vector<Variant> variants = {{"planted", "the run as given", runs.planted},
                                   {"fixed", "mended", runs.fixed}};
  if (runs.has_reference)
    variants.push_back({"reference", "the run that it is compared with", runs.reference});
  if (simulated) return variants;
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(runs.planted));
  Variant one_batch{"one-batch",
                    fmt::format("trained on the same {} samples in every step", resolved.global_batch()),
                    runs.planted};
  one_batch.scenario.mutable_run()->set_dataset_samples(resolved.global_batch());
  variants.push_back(std::move(one_batch));
  const double lr = resolved.scenario.run().optimizer().lr() / 10;
  Variant slow{"lower-lr", fmt::format("learning rate {:g} in the place of {:g}", lr, lr * 10), runs.planted};
  slow.scenario.mutable_run()->mutable_optimizer()->set_lr(lr);
  variants.push_back(std::move(slow));
  Variant alone{"one-rank", fmt::format("one rank with the same {} samples a step", resolved.global_batch()),
                runs.planted};
  alone.scenario.mutable_plan()->set_dp(1);
  alone.scenario.mutable_plan()->set_micro_batch(static_cast<int32_t>(resolved.global_batch()));
  alone.scenario.mutable_plan()->clear_micro_batches();
  variants.push_back(std::move(alone));
  Variant bf16{"precision", "the same run in bf16", runs.planted};
  bf16.scenario.mutable_plan()->set_precision(v1::PRECISION_BF16);
  variants.push_back(std::move(bf16));
  return variants;
}

void AddLearningRate(const v1::Scenario& scenario, v1::RecordedRun* run) {
  const auto resolved = plan::Resolve(scenario);
  if (!resolved.ok() || run->simulated()) return;
  v1::Curve& curve = *run->add_curves();
  curve.set_name("learning_rate");
  for (int step = 0; step < resolved->scenario.run().steps(); ++step) {
    curve.mutable_values()->append((step == 0 ? "" : " ") +
                                   Figure4(plan::LearningRate(resolved->scenario.run().optimizer(), step)));
  }
}

absl::StatusOr<v1::RecordedRound> Record(const DebuggingCatalogue& catalogue, const v1::DebuggingEntry& entry,
                                         const Settings& settings) {
  RINGSIDE_ASSIGN_OR_RETURN(const DebuggingCatalogue::Runs runs, catalogue.RunsOf(entry));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<Variant> variants, VariantsOf(runs, entry.simulated()));
  v1::RecordedRound round;
  round.set_name(entry.name());
  round.set_measured_on(settings.date);
  round.set_command(fmt::format("record_debugging_rounds --date {} --round {}", settings.date, entry.name()));
  v1::Trace planted, fixed, reference;
  for (const Variant& variant : variants) {
    const v1::Scenario scenario = Observed(variant.scenario, entry.simulated());
    absl::StatusOr<v1::Trace> trace = RunOrSimulate(scenario, entry.simulated());
    if (!trace.ok()) {
      v1::RecordedRun& failed = *round.add_runs();
      failed.set_id(variant.id);
      failed.set_error(std::string(trace.status().message()));
      continue;
    }
    RINGSIDE_ASSIGN_OR_RETURN(v1::RecordedRun run, RecordRun(*trace, variant.id, variant.what));
    AddLearningRate(scenario, &run);
    if (round.machine().empty())
      round.set_machine(
          fmt::format("{} cores; {}", trace->environment().cores(), trace->environment().kernels()));
    *round.add_runs() = std::move(run);
    if (variant.id == "planted")
      planted = *std::move(trace);
    else if (variant.id == "fixed")
      fixed = *std::move(trace);
    else if (variant.id == "reference")
      reference = *std::move(trace);
  }
  RINGSIDE_ASSIGN_OR_RETURN(const auto programs, plan::Compile(runs.planted));
  for (v1::RecordedText& text : RecordTexts(runs.planted, programs, "planted"))
    *round.add_texts() = std::move(text);
  const v1::Trace* other = runs.has_reference ? &reference : nullptr;
  for (const v1::Proof& proof : entry.proofs()) {
    RINGSIDE_ASSIGN_OR_RETURN(const double with, Measure(proof, planted, other));
    RINGSIDE_ASSIGN_OR_RETURN(const double without, Measure(proof, fixed, other));
    const auto add = [&](auto* proofs, double value) {
      v1::NamedValue& named = *proofs->Add();
      named.set_name(proof.figure());
      named.set_value(fmt::format("{:.3g}", value));
    };
    add(round.mutable_planted_proofs(), with);
    add(round.mutable_fixed_proofs(), without);
    if (with < proof.at_least() || without > proof.at_most_if_fixed()) {
      return absl::FailedPreconditionError(
          fmt::format("{}: {} is {:.3g} and {:.3g} mended, which proves nothing", entry.name(),
                      proof.figure(), with, without));
    }
  }
  return round;
}

absl::Status Write(const std::string& path, const v1::RecordedRound& round) {
  const std::string head = "# Recorded from real runs by record_debugging_rounds; not to be edited.\n";
  RINGSIDE_ASSIGN_OR_RETURN(trace::FileWriter writer, trace::FileWriter::Create(path));
  RINGSIDE_RETURN_IF_ERROR(writer.Append(head + proto::WriteYaml(round)));
  return writer.Commit();
}

absl::Status RecordAll(const Settings& settings) {
  RINGSIDE_ASSIGN_OR_RETURN(const DebuggingCatalogue catalogue, DebuggingCatalogue::Load(settings.scenarios));
  for (const v1::DebuggingEntry& entry : catalogue.entries().entries()) {
    const auto& named = settings.rounds;
    if (!named.empty() && std::find(named.begin(), named.end(), entry.name()) == named.end()) continue;
    RINGSIDE_ASSIGN_OR_RETURN(const v1::RecordedRound round, Record(catalogue, entry, settings));
    RINGSIDE_RETURN_IF_ERROR(Write(settings.out + "/" + entry.name() + ".yaml", round));
    fmt::print("{}: {} runs\n", entry.name(), round.runs_size());
    std::fflush(stdout);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace ringside::evaluator

int main(int argc, char** argv) {
  ringside::evaluator::Settings settings;
  CLI::App app{"Runs the debugging rounds and writes what a candidate may ask to see."};
  app.add_option("--scenarios", settings.scenarios, "Directory of the catalogue")->capture_default_str();
  app.add_option("--out", settings.out, "Directory to write to")->capture_default_str();
  app.add_option("--date", settings.date, "Date to write into the files")->required();
  app.add_option("--round", settings.rounds, "Only this one; may be given again");
  CLI11_PARSE(app, argc, argv);
  const absl::Status done = ringside::evaluator::RecordAll(settings);
  if (!done.ok()) fmt::print(stderr, "{}\n", std::string(done.message()));
  return done.ok() ? 0 : 1;
}
