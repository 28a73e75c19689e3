// Host copies of parts of a device's memory, for hooks that know host memory only (run_hooks.h).
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "workers/device.h"

namespace ringside::workers {

// Threading: the walk's.
class DeviceMirror {
 public:
  explicit DeviceMirror(Device* device) : device_(device) {}

  // The host copy of `bytes` from `at`, made when first asked for. Ranges that are asked for are the same or
  // do not overlap. After an error, which status() keeps, contents are undefined.
  std::byte* HostCopy(std::byte* at, int64_t bytes);
  // Writes all copies back and forgets them.
  absl::Status WriteBack();
  // Forgets all copies.
  void Clear() { copies_.clear(); }
  const absl::Status& status() const { return status_; }

 private:
  Device* const device_;
  std::map<std::byte*, std::vector<std::byte>> copies_;
  absl::Status status_;
};

}  // namespace ringside::workers
