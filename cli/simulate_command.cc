// `ringside simulate SCENARIO.yaml`: the summary of a run, predicted.
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "cli/summary_text.h"
#include "fmt/format.h"
#include "trace/store.h"

namespace ringside::cli {
namespace {

struct Options {
  std::string scenario, profile, out;
  int ranks = 0;
  Output output;
};

int Simulate(const Options& options) {
  const auto compiled = LoadScenario(options.scenario, options.ranks);
  if (!compiled.ok()) return Fail(compiled.status());
  const auto profile = ProfileOfDevice(compiled->scenario.cluster().device(), options.profile);
  if (!profile.ok()) return Fail(profile.status());
  const auto prediction = Predict(*compiled, *profile);
  if (!prediction.ok()) return Fail(prediction.status());
  options.output.Print(SummaryText(prediction->summary));
  options.output.Print(fmt::format("\n  profile     {}\n", prediction->profile));
  for (const std::string& note : prediction->notes)
    options.output.Print(fmt::format("  note        {}\n", note));
  if (!options.out.empty()) {
    if (absl::Status saved = trace::SaveTrace(prediction->trace, options.out); !saved.ok())
      return Fail(saved);
    options.output.Print(fmt::format("  trace       {}\n", options.out));
  }
  nlohmann::json document = trace::ToJson(prediction->summary);
  document["profile"] = prediction->profile;
  document["notes"] = prediction->notes;
  if (absl::Status written = options.output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace

void AddSimulateCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("simulate", "Predict what running a scenario would measure");
  const auto options = std::make_shared<Options>();
  command->add_option("scenario", options->scenario, "Scenario file")->required()->type_name("SCENARIO.yaml");
  command
      ->add_option("--ranks", options->ranks, "The plan must have N ranks; sets dp where the file does not")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--profile", options->profile, "Device profile (default: that of `ringside calibrate`)")
      ->type_name("FILE");
  command->add_option("--out", options->out, "Keep the predicted trace in DIR")->type_name("DIR");
  options->output.AddFlag(command);
  command->callback([=] { *action = [options] { return Simulate(*options); }; });
}

}  // namespace ringside::cli
