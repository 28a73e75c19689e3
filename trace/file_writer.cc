#include "trace/file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/status_macros.h"

namespace ringside::trace {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

absl::Status WriteError(const std::string& path, int error) {
  const std::string message =
      fmt::format("cannot write {}: {} ({})", path, std::strerror(error), strerrorname_np(error));
  if (error == ENOSPC || error == EDQUOT)
    return absl::ResourceExhaustedError(message + "; free space or choose another place");
  return absl::Status(absl::ErrnoToStatusCode(error), message);
}

}  // namespace

absl::StatusOr<FileWriter> FileWriter::Create(const std::string& path) {
  const std::string temporary = path + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return WriteError(path, errno);
  return FileWriter(path, fd);
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary().c_str());
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
  if (::close(std::exchange(fd_, -1)) != 0 || std::rename(temporary().c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary().c_str());
    return Failed(error);
  }
  return absl::OkStatus();
}

}  // namespace ringside::trace
