// Device profiles: as files, and the one that is built in.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ringside/v1/device.pb.h"

namespace ringside::sim {

// Goes up whenever a field or a law of DeviceProfile changes its meaning.
inline constexpr int kProfileVersion = 2;

// YAML that maps one to one onto v1::DeviceProfile. NOT_FOUND: no such file. INVALID_ARGUMENT: file, line,
// field and reason, or figures that no prediction can be made of. FAILED_PRECONDITION: of another version.
absl::StatusOr<v1::DeviceProfile> LoadProfile(const std::string& path);

// Writes beside `path` first and renames, so that a reader never sees half a profile.
absl::Status SaveProfile(const v1::DeviceProfile& profile, const std::string& path);

// Generic figures of one server core and shared memory, for machines that were never calibrated. Its notes
// say so and end up in every trace that is predicted with it: right in kind, easily wrong by a factor of two.
v1::DeviceProfile UncalibratedLocalCpu(int cores);

// What a message between virtual nodes (TCP over a veth pair) costs where no calibration over TCP has been
// made: measured once on a 2-core server, four ranks, 8 KiB to 16 MiB. Adds the law and a note if `profile`
// has none.
void AddDefaultInterNodeLaw(v1::DeviceProfile* profile);

}  // namespace ringside::sim
