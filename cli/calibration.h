// Calibration through a cluster, and what its profile says.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/cluster.h"
#include "cli/progress.h"
#include "nlohmann/json_fwd.hpp"
#include "ringside/v1/device.pb.h"

namespace ringside::cli {

// Takes the machine for itself for a while: about two minutes, `quick` about a third of that.
absl::StatusOr<v1::DeviceProfile> CalibrateOn(Cluster& cluster, bool quick, Progress* progress);

// sim::SaveProfile, making the directory first.
absl::Status SaveProfileWithParents(const v1::DeviceProfile& profile, const std::string& path);

// The table of laws, each with the residual of its fit.
std::string ProfileText(const v1::DeviceProfile& profile);
nlohmann::json ProfileJson(const v1::DeviceProfile& profile, const std::string& path);

}  // namespace ringside::cli
