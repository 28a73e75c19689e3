// `ringside simulate SCENARIO.yaml`: the summary of a run, predicted.
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "cli/summary_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/store.h"

namespace ringside::cli {

int Simulate(const ScenarioOptions& options) {
  const Output output(options.json);
  const auto compiled = LoadScenario(options.scenario, options.ranks);
  if (!compiled.ok()) return Fail(compiled.status());
  const auto profile = ProfileOfDevice(compiled->scenario.cluster().device(), options.profile);
  if (!profile.ok()) return Fail(profile.status());
  const auto prediction = Predict(*compiled, *profile);
  if (!prediction.ok()) return Fail(prediction.status());
  output.Print(SummaryText(prediction->summary));
  output.Print(fmt::format("\n  profile     {}\n", prediction->profile));
  for (const std::string& note : prediction->notes) output.Print(fmt::format("  note        {}\n", note));
  if (!options.out.empty()) {
    if (absl::Status saved = trace::SaveTrace(prediction->trace, options.out); !saved.ok())
      return Fail(saved);
    output.Print(fmt::format("  trace       {}\n", options.out));
  }
  nlohmann::json document = trace::ToJson(prediction->summary);
  document["profile"] = prediction->profile;
  document["notes"] = prediction->notes;
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
