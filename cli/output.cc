#include "cli/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "fmt/core.h"
#include "nlohmann/json.hpp"
#include "trace/file_writer.h"

namespace ringside::cli {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::PermissionDeniedError(fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

absl::Status CannotPrint(const char* stream, int error) {
  return absl::UnavailableError(
      fmt::format("standard {} cannot be written: {}", stream, std::strerror(error)));
}

// Names in files are data, never terminal commands. Line by line, as Printable takes one.
std::string PrintableLines(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    clean += evaluator::Printable(text.substr(0, end), end);
    if (end < text.size()) clean += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return clean;
}

// The system's reason; 0: all was written.
int WriteTo(std::FILE* stream, std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0) return 0;
  return errno != 0 ? errno : EIO;
}

}  // namespace

void Output::Print(std::string_view text) const {
  const int error = WriteTo(human(), PrintableLines(text));
  if (print_error_ == 0) print_error_ = error;
}

absl::Status Output::WriteJson(const nlohmann::json& document) const {
  if (!json_path_.empty()) {
    // Bytes that are not UTF-8 (a candidate's text) are replaced rather than thrown over.
    const std::string text = document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (json_path_ != "-") {
      RINGSIDE_RETURN_IF_ERROR(WriteFile(json_path_, text));
    } else if (const int error = WriteTo(stdout, text); error != 0) {
      return CannotPrint("output", error);
    }
  }
  if (print_error_ != 0) return CannotPrint(human() == stdout ? "output" : "error", print_error_);
  return absl::OkStatus();
}

absl::Status PrintToStdout(std::string_view text) {
  const int error = WriteTo(stdout, PrintableLines(text));
  return error == 0 ? absl::OkStatus() : CannotPrint("output", error);
}

absl::Status WriteFile(const std::string& path, std::string_view text) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return CannotWrite(parent.string(), error.value());
  RINGSIDE_ASSIGN_OR_RETURN(trace::FileWriter writer, trace::FileWriter::Create(path));
  RINGSIDE_RETURN_IF_ERROR(writer.Append(text));
  return writer.Commit();
}

std::string AsFileName(std::string_view name) {
  std::string file(name.empty() ? "unnamed" : name);
  for (char& c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '.' && c != '_' && c != '-') c = '-';
  }
  if (file.front() == '.') file.front() = '-';
  return file;
}

}  // namespace ringside::cli
