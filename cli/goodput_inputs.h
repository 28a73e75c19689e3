// What `ringside goodput` is told, as the settings of sim/goodput.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "sim/goodput/cost.h"
#include "sim/goodput/settings.h"
#include "sim/goodput/straggler.h"

namespace ringside::cli {

struct GoodputInputs {
  sim::GoodputSettings settings;  // interval_s 0: the best is wanted
  sim::TrainingJob job;
  sim::StepJitter jitter;
  sim::PowerModel power;
  double gpu_hours_per_interruption = 0;
  double checkpoint_bytes = 0;
  double read_s = 0;  // of the checkpoint, within settings.restart_s
  std::string device;
  std::vector<std::string> assumptions;  // what was not given, and what stands in for it
};

// INVALID_ARGUMENT names the flag.
absl::StatusOr<GoodputInputs> GoodputInputsOf(const GoodputOptions& options);

}  // namespace ringside::cli
