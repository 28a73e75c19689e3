// The bytes of a file, in order, decompressed where it is gzip (told by its first bytes, not by its name;
// several members after another are one stream). Memory: one input buffer of 256 KiB, whatever the file's
// size. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trace/import/repairs.h"

namespace ringside::trace {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Up to `size` bytes; 0 at the end. An error of the system names the file. Compressed data that ends or
  // breaks early is an end, too, counted in `repairs`.
  virtual absl::StatusOr<size_t> Read(char* out, size_t size, Repairs* repairs) = 0;
};

// NOT_FOUND, PERMISSION_DENIED and the like name the file and the system's reason; a directory is
// INVALID_ARGUMENT.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path);

// For tests and fuzzing: the text itself, in pieces of at most `piece` bytes.
std::unique_ptr<ByteSource> BytesOf(std::string text, size_t piece = SIZE_MAX);

}  // namespace ringside::trace
