// What the simulator expects of a scenario on a machine that a profile describes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/profile_location.h"
#include "cli/scenario_file.h"
#include "ringside/v1/trace.pb.h"
#include "trace/summary.h"

namespace ringside::cli {

struct Prediction {
  v1::Trace trace;
  trace::RunSummary summary;
  std::string profile;             // where its figures are from
  std::vector<std::string> notes;  // what a reader must know of them
};

// The profile of a cluster's device: local-cpu is this machine, any other name the path of a profile. `path`,
// where it is given, comes before either. The errors of ChooseProfile.
absl::StatusOr<ChosenProfile> ProfileOfDevice(const std::string& device, const std::string& path = "");

// The errors are those of sim::Simulate.
absl::StatusOr<Prediction> Predict(const CompiledScenario& compiled, const ChosenProfile& profile);

}  // namespace ringside::cli
