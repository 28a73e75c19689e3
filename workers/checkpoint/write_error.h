// How it is said that something cannot be written.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/status.h"

namespace ringside::checkpoint {

// `error` is an errno. RESOURCE_EXHAUSTED: the disk, or what is granted of it, is full; else
// FAILED_PRECONDITION. (Not UNAVAILABLE, which is what an echo of another rank's death is.)
inline absl::Status CannotWrite(const std::string& path, int error) {
  const std::string message = fmt::format("cannot write {}: {}", path, std::strerror(error));
  return error == ENOSPC || error == EDQUOT ? absl::ResourceExhaustedError(message)
                                            : absl::FailedPreconditionError(message);
}

}  // namespace ringside::checkpoint
