// Directories outside of any data directory (sockets, shared memory, temporary stores) that go with the
// process that made them, however it ends: what SIGKILL leaves behind, the next one sweeps away. Each holds a
// file
// ".ringside-owner" that its owner keeps locked (flock) while it lives.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ringside::coordinator {

class OwnedDirectory {
 public:
  // Mode 0700. The last part of `path` begins with "ringside-"; where it ends with "XXXXXX", those become
  // letters that nobody has used yet, else what a dead owner has left there is removed first. UNAVAILABLE: it
  // cannot be made, and why; somebody else's directory of that name is never taken over.
  static absl::StatusOr<std::unique_ptr<OwnedDirectory>> Make(const std::string& path);
  ~OwnedDirectory();  // removes it with everything in it
  OwnedDirectory(const OwnedDirectory&) = delete;
  OwnedDirectory& operator=(const OwnedDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  OwnedDirectory(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
  const std::string path_;
  const int lock_fd_;
};

// Removes the directory at `path` if it is this user's and its owner is gone; true: nothing of the kind is
// there now. One without the file of an owner is left alone.
bool RemoveIfAbandoned(const std::string& path);

// RemoveIfAbandoned for every "ringside-*" in `parent`.
void SweepAbandoned(const std::string& parent);

}  // namespace ringside::coordinator
