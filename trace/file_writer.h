// Writes one file whole or not at all: into PATH.tmp, which replaces PATH when it is complete and on the
// disk. Errors name the file and the system's reason; a full disk is RESOURCE_EXHAUSTED. Not for several
// threads at once.
#pragma once

#include <string>
#include <string_view>

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
  FileWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string temporary() const { return path_ + ".tmp"; }
  absl::Status Failed(int error) const;
  absl::Status Flush();

  std::string path_;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace ringside::trace
