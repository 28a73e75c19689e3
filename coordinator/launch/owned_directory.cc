#include "coordinator/launch/owned_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

constexpr char kPrefix[] = "ringside-";
constexpr char kOwnerFile[] = ".ringside-owner";
// A sweep, of this process or another, can come between the making of a directory and its lock, or have just
// taken the one that a dead owner left: then it is there, without an owner's file or with a locked one, until
// the sweep has moved it away. That is two system calls, and the scheduler's time between them.
constexpr int kAttempts = 12;
constexpr std::chrono::microseconds kFirstPause(50);  // doubled by each attempt: 0.1 s in all

std::string OwnerFile(const std::string& path) {
  return path + "/" + kOwnerFile;
}

// The file that was locked is still the one in the directory.
bool IsOwnerFileOf(int fd, const std::string& path) {
  struct stat locked {
  }, present{};
  return ::fstat(fd, &locked) == 0 && ::lstat(OwnerFile(path).c_str(), &present) == 0 &&
         locked.st_dev == present.st_dev && locked.st_ino == present.st_ino;
}

// Out of the way at once, so that its name is free however long the removal takes: the lock, which the caller
// holds, goes along. A name that a later sweep finds, should this one be cut short.
std::string MoveAside(const std::string& path) {
  static std::atomic<int> moved = 0;
  const std::filesystem::path from(path);
  const std::string aside =
      from.parent_path() / fmt::format("{}removed-{}-{}", kPrefix, ::getpid(), moved.fetch_add(1));
  return ::rename(path.c_str(), aside.c_str()) == 0 ? aside : path;
}

// The owner's file last: a removal that is cut short can be taken up again.
void RemoveTree(const std::string& path) {
  std::error_code ignored;
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    if (entry.path().filename() != kOwnerFile) entries.push_back(entry.path());
  }
  for (const auto& entry : entries) std::filesystem::remove_all(entry, ignored);
  std::filesystem::remove_all(path, ignored);
}

bool MakeDirectory(std::string& path) {
  if (path.ends_with("XXXXXX")) return ::mkdtemp(path.data()) != nullptr;
  return RemoveIfAbandoned(path) && ::mkdir(path.c_str(), 0700) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OwnedDirectory>> OwnedDirectory::Make(const std::string& path) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kFirstPause * (1 << (attempt - 1)));
    errno = EEXIST;  // where RemoveIfAbandoned says that somebody has it
    std::string made = path;
    if (!MakeDirectory(made)) {
      if (errno == EWOULDBLOCK || errno == ENOENT || errno == EEXIST) continue;
      break;
    }
    const int fd = ::open(OwnerFile(made).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT) continue;
    if (fd < 0) {
      const int error = errno;
      ::rmdir(made.c_str());
      errno = error;
      break;
    }
    if (::flock(fd, LOCK_EX) == 0 && IsOwnerFileOf(fd, made))
      return std::unique_ptr<OwnedDirectory>(new OwnedDirectory(std::move(made), fd));
    ::close(fd);
  }
  return absl::UnavailableError(fmt::format("{}: this directory cannot be made: {}; free space or set TMPDIR",
                                            path, std::strerror(errno)));
}

OwnedDirectory::~OwnedDirectory() {
  RemoveTree(path_);
  ::close(lock_fd_);
}

bool RemoveIfAbandoned(const std::string& path) {
  struct stat directory {};
  if (::lstat(path.c_str(), &directory) != 0) return errno == ENOENT;
  if (!S_ISDIR(directory.st_mode) || directory.st_uid != ::geteuid()) return false;
  const int fd = ::open(OwnerFile(path).c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  const absl::Cleanup close = [fd] { ::close(fd); };
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || !IsOwnerFileOf(fd, path)) return false;
  RemoveTree(MoveAside(path));
  return ::lstat(path.c_str(), &directory) != 0;
}

void SweepAbandoned(const std::string& parent) {
  std::error_code ignored;
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    if (entry.path().filename().string().starts_with(kPrefix)) found.push_back(entry.path());
  }
  for (const std::string& path : found) RemoveIfAbandoned(path);
}

}  // namespace ringside::coordinator
