#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/status_macros.h"
#include "fmt/core.h"
#include "nlohmann/json.hpp"
#include "trace/file_writer.h"

namespace ringside::cli {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::PermissionDeniedError(fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

}  // namespace

void Output::Print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), human());
  std::fflush(human());
}

absl::Status Output::WriteJson(const nlohmann::json& document) const {
  if (json_path_.empty()) return absl::OkStatus();
  // Bytes that are not UTF-8 (a candidate's text) are replaced rather than thrown over.
  const std::string text = document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (json_path_ != "-") return WriteFile(json_path_, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return CannotWrite("standard output", errno);
  }
  return absl::OkStatus();
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
