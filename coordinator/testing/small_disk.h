// A file system of a few hundred KiB, for tests of what happens when the disk is full. Needs the right to
// mount; `why_not()` says why there is none.
#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "coordinator/testing/temp_dir.h"

namespace ringside::coordinator {

class SmallDisk {
 public:
  explicit SmallDisk(int kib) {
    const std::string options = "size=" + std::to_string(kib) + "k";
    if (::mount("tmpfs", dir_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
      why_not_ = std::string("cannot mount a small tmpfs: ") + std::strerror(errno);
    }
  }
  ~SmallDisk() {
    if (why_not_.empty()) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  const std::string& why_not() const { return why_not_; }
  const std::string& path() const { return dir_.path(); }

 private:
  TempDir dir_;
  std::string why_not_;
};

}  // namespace ringside::coordinator
