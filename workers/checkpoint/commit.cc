// What brings a checkpoint to the disk, and tells later whether it is still there as it was.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/status_macros.h"
#include "workers/checkpoint/index.h"
#include "workers/checkpoint/write_error.h"

namespace ringside::checkpoint {
namespace {

absl::Status Sync(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return CannotWrite(path, errno);
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return failed == 0 ? absl::OkStatus() : CannotWrite(path, failed);
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return CannotWrite(path, errno);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  const int error = errno;
  std::fclose(file);
  return written ? Sync(path, O_RDWR) : CannotWrite(path, error);
}

}  // namespace

absl::Status CommitCheckpoint(const std::string& partial, const std::string& path, const Index& index) {
  RINGSIDE_RETURN_IF_ERROR(WriteText(partial + "/index.json", ToJson(index)));
  RINGSIDE_RETURN_IF_ERROR(Sync(partial, O_RDONLY | O_DIRECTORY));
  std::error_code ignored;
  std::string replaced;
  if (std::filesystem::exists(path, ignored)) {
    replaced = path + ".replaced" + kPartial;
    std::filesystem::remove_all(replaced, ignored);
    if (std::rename(path.c_str(), replaced.c_str()) != 0) return CannotWrite(path, errno);
  }
  if (std::rename(partial.c_str(), path.c_str()) != 0) return CannotWrite(path, errno);
  RINGSIDE_RETURN_IF_ERROR(Sync(std::filesystem::path(path).parent_path().string(), O_RDONLY | O_DIRECTORY));
  if (!replaced.empty()) std::filesystem::remove_all(replaced, ignored);
  return absl::OkStatus();
}

absl::Status VerifyFile(const std::string& path, const IndexedFile& file) {
  const std::string name = path + "/" + file.name;
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::DataLossError(fmt::format("{}: {}, though index.json names it", name, std::strerror(errno)));
  }
  const absl::Cleanup close = [fd] { ::close(fd); };
  std::vector<unsigned char> part(1 << 20);
  int64_t bytes = 0;
  uint32_t crc = 0;
  for (;;) {
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return absl::DataLossError(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
    if (size == 0) break;
    crc = static_cast<uint32_t>(::crc32(crc, part.data(), static_cast<uInt>(size)));
    bytes += size;
  }
  if (bytes != file.bytes) {
    return absl::DataLossError(fmt::format("{} has {} bytes, {} were written", name, bytes, file.bytes));
  }
  if (crc != file.crc32) {
    return absl::DataLossError(
        fmt::format("{} is damaged: its checksum is {:08x}, {:08x} was written", name, crc, file.crc32));
  }
  return absl::OkStatus();
}

}  // namespace ringside::checkpoint
