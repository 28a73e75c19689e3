#include "cli/profile_location.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/status_macros.h"
#include "cli/probe.h"
#include "fmt/format.h"
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

namespace {

ChosenProfile BuiltIn(const std::string& why) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return {sim::UncalibratedLocalCpu(cores), false,
          fmt::format("built in ({}: run `ringside calibrate`)", why)};
}

}  // namespace

absl::StatusOr<ChosenProfile> ChooseProfile(const std::string& path) {
  if (!path.empty()) {
    absl::StatusOr<v1::DeviceProfile> profile = sim::LoadProfile(path);
    if (absl::IsFailedPrecondition(profile.status())) {  // whoever names a file gives bad input
      return absl::InvalidArgumentError(profile.status().message());
    }
    RINGSIDE_RETURN_IF_ERROR(profile.status());
    return ChosenProfile{*std::move(profile), true, path};
  }
  const std::string location = DefaultProfilePath();
  if (!std::filesystem::exists(location)) return BuiltIn("this machine is not calibrated");
  absl::StatusOr<v1::DeviceProfile> profile = sim::LoadProfile(location);
  if (absl::IsFailedPrecondition(profile.status())) {
    return BuiltIn(fmt::format("{} was made by another version", location));
  }
  RINGSIDE_RETURN_IF_ERROR(profile.status());
  if (profile->machine() != MachineInWords()) {
    return BuiltIn(fmt::format("{} is of another machine, {}", location, profile->machine()));
  }
  return ChosenProfile{*std::move(profile), true, location};
}

}  // namespace ringside::cli
