// The safetensors file format: a little-endian u64 with the header's length, the header as JSON
//   {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {...}}
// with offsets from the header's end, then the tensors' bytes, little-endian, row-major, without gaps.
// (github.com/huggingface/safetensors, "Format".)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "plan/program.h"

namespace ringside::checkpoint {

inline constexpr int64_t kMaxHeaderBytes = 100'000'000;  // as the format's own readers have it

struct TensorInfo {
  std::string dtype;  // as in the file, e.g. "F32" or "U8"; convert.h knows those that are read
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;  // bytes, in the data

  int64_t elems() const;
};

// A file that is mapped, never read as a whole. Thread-safe. A file that is cut short while it is open ends
// the process (SIGBUS): checkpoints are never changed in place.
class SafetensorsFile {
 public:
  // NOT_FOUND, PERMISSION_DENIED: it cannot be opened. DATA_LOSS: it is none; names file, tensor and what is
  // wrong: a header beyond the limit or the file, no JSON, a name twice, an unknown dtype, a shape that does
  // not have its bytes, offsets outside of the file, tensors that overlap, or bytes of no tensor.
  static absl::StatusOr<std::unique_ptr<SafetensorsFile>> Open(const std::string& path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t file_bytes() const { return file_bytes_; }
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  // nullptr: there is none of that name.
  const TensorInfo* Find(const std::string& name) const;
  // The first byte of the tensor; not aligned.
  const std::byte* Data(const TensorInfo& tensor) const { return base_ + data_begin_ + tensor.begin; }

 private:
  SafetensorsFile() = default;
  absl::Status ParseHeader(std::string_view text);
  absl::Status Wrong(const std::string& what) const;

  std::string path_;
  const std::byte* base_ = nullptr;
  int64_t file_bytes_ = 0, data_begin_ = 0;
  std::map<std::string, TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

struct TensorHeader {
  std::string name;
  plan::DType dtype = plan::DType::kF32;
  std::vector<int64_t> shape;
};

struct WrittenFile {
  int64_t bytes = 0;
  uint32_t crc32 = 0;  // of all of it, as zlib counts it
};

// Writes one file, tensor after tensor; a file that is not finished goes with its writer. Not thread-safe.
class SafetensorsWriter {
 public:
  // The file must not be there yet. RESOURCE_EXHAUSTED: the disk is full. FAILED_PRECONDITION: it cannot be
  // made or written, and why. (Not UNAVAILABLE, which is what an echo of another rank's death is.)
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      const std::string& path, const std::vector<TensorHeader>& tensors,
      const std::map<std::string, std::string>& metadata);
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  // The next bytes of the data, tensors in the order of Create, in any pieces.
  absl::Status Append(absl::Span<const std::byte> data);
  // Everything is on the disk (fsync) when it returns. REQUIRES: all bytes were appended.
  absl::StatusOr<WrittenFile> Finish();

 private:
  SafetensorsWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  absl::Status Write(absl::Span<const std::byte> data);

  const std::string path_;
  int fd_;
  bool finished_ = false;
  int64_t missing_bytes_ = 0;
  WrittenFile written_;
};

}  // namespace ringside::checkpoint
