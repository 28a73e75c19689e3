// Writes one file whole or not at all: into a temporary file beside it, which replaces it, with its mode,
// when it is complete and on the disk. A link stays and what it leads to is replaced; a device or pipe is
// written in place. Errors name the file and the system's reason; a full disk is RESOURCE_EXHAUSTED. Not for
// several threads at once.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::trace {

class FileWriter {
 public:
  static absl::StatusOr<FileWriter> Create(const std::string& path);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();  // without Commit: nothing is left behind

  absl::Status Append(std::string_view data);
  absl::Status Commit();

 private:
  FileWriter(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
  void RemoveTemporary() const;
  absl::Status Failed(int error) const;
  absl::Status Flush();

  std::string path_;
  std::string temporary_;  // empty: written in place
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace ringside::trace
