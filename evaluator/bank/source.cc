#include "evaluator/bank/source.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/bank/embedded.h"
#include "fmt/format.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<const char*, BankPart> kFolders[] = {
    {"curriculum", BankPart::kCurriculum}, {"design", BankPart::kDesign}, {"theory", BankPart::kTheory}};

absl::StatusOr<std::vector<std::string>> YamlFilesOf(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path().string());
    if (files.size() > kMaxBankFiles) {
      return absl::InvalidArgumentError(fmt::format("{}: holds more than {} files; is it a question bank?",
                                                    folder.string(), kMaxBankFiles));
    }
  }
  if (error) {
    return absl::PermissionDeniedError(
        fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<BankSource>> ReadBankSources(const std::string& directory) {
  std::vector<BankSource> sources;
  for (const auto& [name, part] : kFolders) {
    RINGSIDE_ASSIGN_OR_RETURN(const auto files, YamlFilesOf(fs::path(directory) / name));
    for (const std::string& file : files) {
      RINGSIDE_ASSIGN_OR_RETURN(std::string text, proto::ReadYamlText(file));
      sources.push_back({part, file, std::move(text)});
    }
  }
  if (sources.empty()) {
    return absl::NotFoundError(fmt::format(
        "{}: there is no question bank; one holds theory/*.yaml, design/*.yaml or curriculum/*.yaml",
        directory));
  }
  return sources;
}

const std::vector<BankSource>& EmbeddedBankSources() {
  static const auto* const kSources = [] {
    auto* sources = new std::vector<BankSource>;
    for (const EmbeddedBankFile& file : EmbeddedBankFiles()) {
      const std::string_view path = file.path;
      for (const auto& [name, part] : kFolders) {
        if (path.substr(0, path.find('/')) == name) sources->push_back({part, file.path, file.text});
      }
    }
    return sources;
  }();
  return *kSources;
}

}  // namespace ringside::evaluator
