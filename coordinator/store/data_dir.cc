#include "coordinator/store/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "fmt/format.h"

namespace ringside::coordinator {

absl::StatusOr<std::unique_ptr<DataDir>> DataDir::Open(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  const bool made = std::filesystem::create_directories(absolute, error);
  if (error) {
    return absl::UnavailableError(fmt::format(
        "cannot make the data directory {}: {}; choose another --data-dir", path, error.message()));
  }
  if (made) ::chmod(absolute.c_str(), 0700);
  const std::string lock_path = absolute + "/lock";
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::UnavailableError(fmt::format(
        "cannot write to the data directory {}: {}; choose another --data-dir", path, std::strerror(errno)));
  }
  std::unique_ptr<DataDir> dir(new DataDir(absolute, fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t size = ::pread(fd, holder, sizeof holder - 1, 0);
    return absl::FailedPreconditionError(fmt::format(
        "the data directory {} is in use by another coordinator (process {}); stop it or choose another "
        "--data-dir",
        path, size > 0 ? holder : "unknown"));
  }
  // Only a help for the message above: a full disk must not keep a coordinator from starting.
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) errno = 0;
  return dir;
}

DataDir::~DataDir() {
  ::close(lock_fd_);
}

}  // namespace ringside::coordinator
