#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "fmt/core.h"

namespace ringside::cli {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::PermissionDeniedError(fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

}  // namespace

void Output::AddFlag(CLI::App* command) {
  command->add_option("--json", json_path_, "Write the result as JSON to FILE; - for stdout")
      ->type_name("FILE");
}

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
  const std::string temporary = path + ".tmp";
  std::FILE* file = std::fopen(temporary.c_str(), "w");
  if (file == nullptr) return CannotWrite(path, errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) {
    const int cause = errno;
    std::filesystem::remove(temporary, error);
    return CannotWrite(path, cause);
  }
  std::filesystem::rename(temporary, path, error);
  return error ? CannotWrite(path, error.value()) : absl::OkStatus();
}

}  // namespace ringside::cli
