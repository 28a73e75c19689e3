#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/convert.h"
#include "workers/checkpoint/safetensors.h"
#include "workers/checkpoint/write_error.h"

namespace ringside::checkpoint {
namespace {

constexpr size_t kAlignment = 8;         // of the data in the file
constexpr size_t kPartBytes = 1u << 24;  // at once

}  // namespace

absl::StatusOr<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::Create(
    const std::string& path, const std::vector<TensorHeader>& tensors,
    const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const TensorHeader& tensor : tensors) {
    RINGSIDE_CHECK(!header.contains(tensor.name));
    int64_t bytes = plan::SizeOf(tensor.dtype);
    for (const int64_t extent : tensor.shape) bytes *= extent;
    header[tensor.name] = {{"dtype", SafetensorsName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return CannotWrite(path, errno);
  std::unique_ptr<SafetensorsWriter> writer(new SafetensorsWriter(path, fd));
  const uint64_t length = text.size();
  RINGSIDE_RETURN_IF_ERROR(writer->Write(absl::MakeSpan(reinterpret_cast<const std::byte*>(&length), 8)));
  RINGSIDE_RETURN_IF_ERROR(
      writer->Write(absl::MakeSpan(reinterpret_cast<const std::byte*>(text.data()), text.size())));
  writer->missing_bytes_ = offset;
  return writer;
}

SafetensorsWriter::~SafetensorsWriter() {
  if (fd_ >= 0) ::close(fd_);
  if (!finished_) ::unlink(path_.c_str());
}

absl::Status SafetensorsWriter::Write(absl::Span<const std::byte> data) {
  while (!data.empty()) {
    const size_t part = std::min(data.size(), kPartBytes);
    const ssize_t written = ::write(fd_, data.data(), part);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotWrite(path_, errno);
    const auto size = static_cast<size_t>(written);
    written_.crc32 = static_cast<uint32_t>(
        ::crc32(written_.crc32, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(size)));
    written_.bytes += written;
    data.remove_prefix(size);
  }
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::Append(absl::Span<const std::byte> data) {
  RINGSIDE_CHECK(static_cast<int64_t>(data.size()) <= missing_bytes_);
  missing_bytes_ -= static_cast<int64_t>(data.size());
  return Write(data);
}

absl::StatusOr<WrittenFile> SafetensorsWriter::Finish() {
  RINGSIDE_CHECK(missing_bytes_ == 0);
  if (::fsync(fd_) != 0) return CannotWrite(path_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) return CannotWrite(path_, errno);
  finished_ = true;
  return written_;
}

}  // namespace ringside::checkpoint
