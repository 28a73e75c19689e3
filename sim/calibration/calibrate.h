// Measures a machine: builds the programs of suite.h, has them run, and fits a device profile to the traces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ringside/v1/device.pb.h"
#include "ringside/v1/program.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::sim {

struct CalibrationOptions {
  // Runs programs on this machine's workers and returns their trace (e.g. through a coordinator).
  std::function<absl::StatusOr<v1::Trace>(const v1::ProgramSet&)> run;
  // The same with each rank on a node of its own, for the links between nodes; empty: not measured, a
  // documented constant stands in.
  std::function<absl::StatusOr<v1::Trace>(const v1::ProgramSet&)> run_between_nodes;
  std::function<void(int done, int total, std::string_view what)> progress;  // may be empty
  int cores = 1;                                                             // of this machine, for all ranks
  bool quick = false;  // about a quarter of the repetitions
  std::string name = "local-cpu";
  std::string measured_on;  // date, machine
  std::string machine;      // DeviceProfile.machine
};

// The first error of a run, with what was being measured before it.
absl::StatusOr<v1::DeviceProfile> Calibrate(const CalibrationOptions& options);

}  // namespace ringside::sim
