#include "trace/file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/status_macros.h"

namespace ringside::trace {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr int kMaxLinks = 40;          // as Linux itself
constexpr int kMaxTemporaries = 1000;  // of one file at a time, those that killed processes left included

absl::Status WriteError(const std::string& path, int error) {
  const std::string message =
      fmt::format("cannot write {}: {} ({})", path, std::strerror(error), strerrorname_np(error));
  if (error == ENOSPC || error == EDQUOT)
    return absl::ResourceExhaustedError(message + "; free space or choose another place");
  return absl::Status(absl::ErrnoToStatusCode(error), message);
}

// Where the links of `path` lead, whether or not there is a file yet: what is renamed over must be the file,
// not the link. A loop of links is left for open to report.
std::filesystem::path Followed(std::filesystem::path path) {
  std::error_code error;
  for (int links = 0; links < kMaxLinks && std::filesystem::is_symlink(path, error); ++links) {
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  }
  return path;
}

}  // namespace

absl::StatusOr<FileWriter> FileWriter::Create(const std::string& path) {
  struct stat existing {};
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return WriteError(path, errno);
    return FileWriter(path, "", fd);
  }
  const std::string target = Followed(path);
  for (int number = 0; number < kMaxTemporaries; ++number) {
    std::string temporary = fmt::format("{}.{}-{}.tmp", target, ::getpid(), number);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return WriteError(path, errno);
    if (exists) ::fchmod(fd, existing.st_mode & 07777);  // only its owner's may fail; then 0644 it is
    return FileWriter(target, std::move(temporary), fd);
  }
  return WriteError(path, EEXIST);
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)) {}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  RemoveTemporary();
}

void FileWriter::RemoveTemporary() const {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

absl::Status FileWriter::Failed(int error) const {
  return WriteError(path_, error);
}

absl::Status FileWriter::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(errno);
    rest.remove_prefix(count);
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status FileWriter::Append(std::string_view data) {
  buffer_ += data;
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status FileWriter::Commit() {
  RINGSIDE_RETURN_IF_ERROR(Flush());
  // Some file systems report a full disk only here. Devices and pipes cannot be synchronised (EINVAL).
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) return Failed(errno);
  const bool in_place = temporary_.empty();
  if (::close(std::exchange(fd_, -1)) != 0 ||
      (!in_place && std::rename(temporary_.c_str(), path_.c_str()) != 0)) {
    const int error = errno;
    RemoveTemporary();
    return Failed(error);
  }
  return absl::OkStatus();
}

}  // namespace ringside::trace
