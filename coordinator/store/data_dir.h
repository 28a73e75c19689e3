// The directory a coordinator keeps everything in, locked for as long as it lives.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::coordinator {

class DataDir {
 public:
  // Makes the directory (mode 0700, parents too) and locks it. FAILED_PRECONDITION: another coordinator
  // holds it. UNAVAILABLE: it cannot be made or written.
  static absl::StatusOr<std::unique_ptr<DataDir>> Open(const std::string& path);
  ~DataDir();

  const std::string& path() const { return path_; }  // absolute

 private:
  DataDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
  const std::string path_;
  const int lock_fd_;
};

}  // namespace ringside::coordinator
