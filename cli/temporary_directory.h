// A directory of this process alone (mode 0700), removed with everything in it when the object goes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::cli {

class TemporaryDirectory {
 public:
  // UNAVAILABLE: it cannot be made, with the system's reason.
  static absl::StatusOr<std::unique_ptr<TemporaryDirectory>> Create();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace ringside::cli
