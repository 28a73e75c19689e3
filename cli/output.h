// Where a command writes: tables for people on stdout, and with --json a document for scripts. `--json -`
// gives stdout to the document alone; people's text then goes to stderr.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {

class Output {
 public:
  // Adds `--json FILE` to a command.
  void AddFlag(CLI::App* command);

  void Print(std::string_view text) const;

  // Does nothing without --json. PERMISSION_DENIED names the file and the system's reason.
  absl::Status WriteJson(const nlohmann::json& document) const;

 private:
  std::FILE* human() const { return json_path_ == "-" ? stderr : stdout; }

  std::string json_path_;
};

// The whole text into a file, through a temporary one beside it, so that no reader sees half of it.
absl::Status WriteFile(const std::string& path, std::string_view text);

}  // namespace ringside::cli
