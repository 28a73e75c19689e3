// `ringside simulate SCENARIO.yaml`: the summary of a run, predicted.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/gpu_prediction.h"
#include "cli/output.h"
#include "cli/prediction.h"
#include "cli/scenario_file.h"
#include "cli/summary_text.h"
#include "cli/units.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "plan/memory.h"
#include "sim/catalogue/catalogue.h"
#include "trace/store.h"

namespace ringside::cli {
namespace {

// The fullest rank of a job whose ranks are granted a limit; nullopt: there is none.
struct Fit {
  int rank = 0;
  int64_t peak_bytes = 0;
  int64_t limit_bytes = 0;
  bool fits() const { return peak_bytes <= limit_bytes; }
};
std::optional<Fit> FitOf(const std::vector<plan::Program>& programs) {
  std::optional<Fit> fullest;
  for (const plan::Program& program : programs) {
    if (program.memory_limit_bytes == 0) continue;
    const int64_t peak_bytes = plan::PredictPeakMemory(program).total;
    if (!fullest.has_value() || peak_bytes > fullest->peak_bytes)
      fullest = {program.rank, peak_bytes, program.memory_limit_bytes};
  }
  return fullest;
}

std::string FitText(const Fit& fit) {
  return fmt::format("  memory      {}: rank {} needs {} MiB of the {} MiB it is granted\n",
                     fit.fits() ? "fits" : "DOES NOT FIT, a run would fail", fit.rank, Mib(fit.peak_bytes),
                     Mib(fit.limit_bytes));
}

int SimulateOnCatalogue(GpuScenario scenario, const ScenarioOptions& options, const Output& output) {
  if (!options.out.empty()) {
    return Fail(absl::InvalidArgumentError("--out: a folded step has no trace of every rank; leave it out"));
  }
  const absl::StatusOr<GpuPrediction> prediction = PredictOnCatalogue(std::move(scenario));
  if (!prediction.ok()) return Fail(prediction.status());
  output.Print(ToText(*prediction));
  if (absl::Status written = output.WriteJson(ToJson(*prediction)); !written.ok()) return Fail(written);
  return prediction->plan.fits ? kExitOk : kExitFailed;
}

}  // namespace

int Simulate(const ScenarioOptions& options) {
  const Output output(options.json);
  if (options.profile.empty()) {
    absl::StatusOr<GpuScenario> read = ReadScenario(options.scenario, options.cluster, options.ranks);
    if (!read.ok()) return Fail(read.status());
    if (sim::InCatalogue(sim::BuiltInCatalogue(), read->scenario.cluster()))
      return SimulateOnCatalogue(*std::move(read), options, output);
  }
  if (!options.cluster.empty()) {
    return Fail(absl::InvalidArgumentError(
        fmt::format("--cluster {}: the catalogue has no such device", options.cluster)));
  }
  const auto compiled = LoadScenario(options.scenario, options.ranks);
  if (!compiled.ok()) return Fail(compiled.status());
  const auto profile = ProfileOfDevice(compiled->scenario.cluster().device(), options.profile);
  if (!profile.ok()) return Fail(profile.status());
  const auto prediction = Predict(*compiled, *profile);
  if (!prediction.ok()) return Fail(prediction.status());
  output.Print(SummaryText(prediction->summary));
  output.Print(fmt::format("\n  profile     {}\n", prediction->profile));
  const std::optional<Fit> fit = FitOf(compiled->programs);
  if (fit.has_value()) output.Print(FitText(*fit));
  for (const std::string& note : prediction->notes) output.Print(fmt::format("  note        {}\n", note));
  if (!options.out.empty()) {
    if (absl::Status saved = trace::SaveTrace(prediction->trace, options.out); !saved.ok())
      return Fail(saved);
    output.Print(fmt::format("  trace       {}\n", options.out));
  }
  nlohmann::json document = trace::ToJson(prediction->summary);
  document["profile"] = prediction->profile;
  document["notes"] = prediction->notes;
  if (fit.has_value()) {
    document["fits"] = fit->fits();
    document["limit_bytes"] = fit->limit_bytes;
  }
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return fit.has_value() && !fit->fits() ? kExitFailed : kExitOk;
}

}  // namespace ringside::cli
