// A directory of this process alone, removed with everything in it when the object goes; what a process that
// was killed leaves is swept by the next one (coordinator/launch/owned_directory.h).
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "coordinator/launch/owned_directory.h"

namespace ringside::cli {

class TemporaryDirectory {
 public:
  // UNAVAILABLE: it cannot be made, with the system's reason.
  static absl::StatusOr<std::unique_ptr<TemporaryDirectory>> Create();

  const std::string& path() const { return directory_->path(); }

 private:
  explicit TemporaryDirectory(std::unique_ptr<coordinator::OwnedDirectory> directory)
      : directory_(std::move(directory)) {}
  const std::unique_ptr<coordinator::OwnedDirectory> directory_;
};

}  // namespace ringside::cli
