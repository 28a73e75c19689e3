#include "cli/prediction.h"

#include "base/status_macros.h"
#include "sim/simulate.h"

namespace ringside::cli {
namespace {

constexpr const char* kLocalDevice = "local-cpu";

}  // namespace

absl::StatusOr<ChosenProfile> ProfileOfDevice(const std::string& device, const std::string& path) {
  return ChooseProfile(path.empty() && device != kLocalDevice ? device : path);
}

absl::StatusOr<Prediction> Predict(const CompiledScenario& compiled, const ChosenProfile& profile) {
  sim::SimulateRequest request;
  request.programs = compiled.programs;
  request.profile = profile.profile;
  request.cluster = compiled.scenario.cluster();
  request.faults = {compiled.scenario.faults().begin(), compiled.scenario.faults().end()};
  request.scenario = compiled.scenario;
  Prediction prediction;
  RINGSIDE_ASSIGN_OR_RETURN(prediction.trace, sim::Simulate(request));
  RINGSIDE_ASSIGN_OR_RETURN(prediction.summary, trace::Summarize(prediction.trace));
  prediction.profile = profile.source;
  prediction.notes = {prediction.trace.environment().notes().begin(),
                      prediction.trace.environment().notes().end()};
  return prediction;
}

}  // namespace ringside::cli
