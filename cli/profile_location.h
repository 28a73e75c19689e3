// Where the calibrated profile of this machine lies, and how commands come by a profile.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/device.pb.h"

namespace ringside::cli {

// $XDG_CACHE_HOME/ringside/local-cpu.yaml, else ~/.cache/ringside/local-cpu.yaml.
std::string DefaultProfilePath();

struct ChosenProfile {
  v1::DeviceProfile profile;
  bool calibrated = false;  // false: the built-in one
  std::string source;       // its path, or "built in (not calibrated: run `ringside calibrate`)"
};

// `path` empty: the default location, and where no profile of this version and machine is the built-in one.
// NOT_FOUND: a path was given and there is nothing. INVALID_ARGUMENT: the file is no profile, or one of
// another version.
absl::StatusOr<ChosenProfile> ChooseProfile(const std::string& path);

}  // namespace ringside::cli
