#include "cli/profile_location.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/status_macros.h"
#include "sim/profile.h"

namespace ringside::cli {

std::string DefaultProfilePath() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  std::string cache = variable("XDG_CACHE_HOME");
  if (cache.empty()) cache = (variable("HOME").empty() ? "/tmp" : variable("HOME")) + "/.cache";
  return cache + "/ringside/local-cpu.yaml";
}

absl::StatusOr<ChosenProfile> ChooseProfile(const std::string& path) {
  ChosenProfile chosen;
  chosen.source = path.empty() ? DefaultProfilePath() : path;
  if (path.empty() && !std::filesystem::exists(chosen.source)) {
    chosen.profile =
        sim::UncalibratedLocalCpu(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    chosen.source = "built in (this machine is not calibrated: run `ringside calibrate`)";
    return chosen;
  }
  RINGSIDE_ASSIGN_OR_RETURN(chosen.profile, sim::LoadProfile(chosen.source));
  chosen.calibrated = true;
  return chosen;
}

}  // namespace ringside::cli
