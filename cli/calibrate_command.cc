// `ringside calibrate`: measures kernels and links of this machine through real workers, fits a device
// profile; or, with --nccl-tests, fits links of the catalogue to what was measured elsewhere;
// or, with --trace, corrects a profile by a run.
#include <string>

#include "cli/calibration.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/nccl_import.h"
#include "cli/output.h"
#include "cli/profile_location.h"
#include "cli/progress.h"
#include "cli/trace_import.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sim/profile.h"

namespace ringside::cli {

int Calibrate(const CalibrateOptions& options) {
  if (!options.nccl_logs.empty()) return CalibrateLinks(options);
  if (!options.trace.empty()) return CalibrateFromTrace(options);
  const Output output(options.json);
  Progress progress;
  Interrupt interrupt;
  auto cluster = Cluster::Open({options.coordinator, &progress, &interrupt});
  if (!cluster.ok()) return Fail(cluster.status());
  const auto profile = CalibrateOn(**cluster, options.quick, &progress);
  progress.Clear();
  if (!profile.ok()) return Fail(profile.status());
  const std::string path = options.out.empty() ? DefaultProfilePath() : options.out;
  if (absl::Status saved = SaveProfileWithParents(*profile, path); !saved.ok()) return Fail(saved);
  output.Print(ProfileText(*profile) + fmt::format("\n  profile     {}\n", path));
  if (absl::Status written = output.WriteJson(ProfileJson(*profile, path)); !written.ok()) {
    return Fail(written);
  }
  return kExitOk;
}

}  // namespace ringside::cli
