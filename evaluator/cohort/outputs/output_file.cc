#include "evaluator/cohort/outputs/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "fmt/format.h"

namespace ringside::cohort {
namespace {

absl::Status CannotWrite(const std::string& path, const std::string& reason) {
  return absl::UnavailableError(fmt::format("{}: cannot be written: {}", path, reason));
}

}  // namespace

absl::StatusOr<OutputFile> OutputFile::Create(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return CannotWrite(path, error.message());
  FILE* file = fopen((path + ".part").c_str(), "wb");
  if (file == nullptr) return CannotWrite(path, std::strerror(errno));
  return OutputFile(path, file);
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary(), ignored);
}

void OutputFile::Write(std::string_view text) {
  fwrite(text.data(), 1, text.size(), file_.get());
}

absl::Status OutputFile::Commit() {
  errno = 0;
  const bool failed = ferror(file_.get()) != 0;
  const bool closed = fclose(file_.release()) == 0;
  const int reason = errno != 0 ? errno : EIO;
  std::error_code error;
  if (failed || !closed) {
    std::filesystem::remove(temporary(), error);
    return CannotWrite(path_, std::strerror(reason));
  }
  std::filesystem::rename(temporary(), path_, error);
  if (!error) return absl::OkStatus();
  const std::string why = error.message();
  std::filesystem::remove(temporary(), error);
  return CannotWrite(path_, why);
}

}  // namespace ringside::cohort
