// A file that is there whole or not at all: written under another name (PATH.part) and renamed at the end. A
// program that is killed leaves no half file, and the file of an earlier run stays until then. Does not wait
// for the disk: what a machine loses when its power fails is written again by another run.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::cohort {

class OutputFile {
 public:
  // Makes the folders above it. UNAVAILABLE, with path and reason.
  static absl::StatusOr<OutputFile> Create(const std::string& path);
  OutputFile(OutputFile&&) = default;
  OutputFile& operator=(OutputFile&&) = delete;
  // Removes what was not committed.
  ~OutputFile();

  // A failure is kept until Commit.
  void Write(std::string_view text);
  FILE* file() { return file_.get(); }
  absl::Status Commit();

 private:
  struct Close {
    void operator()(FILE* file) const { fclose(file); }
  };
  OutputFile(std::string path, FILE* file) : path_(std::move(path)), file_(file) {}
  std::string temporary() const { return path_ + ".part"; }

  std::string path_;
  std::unique_ptr<FILE, Close> file_;
};

}  // namespace ringside::cohort
