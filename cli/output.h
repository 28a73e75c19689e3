// Where a command writes: tables for people on stdout, and with --json a document for scripts. `--json -`
// gives stdout to the document alone; people's text then goes to stderr.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "nlohmann/json_fwd.hpp"

namespace ringside::cli {

class Output {
 public:
  // `json_path`: the file of --json; empty: none.
  explicit Output(std::string json_path) : json_path_(std::move(json_path)) {}

  // Control characters other than line ends become '?'. What could not be written is reported by the next
  // WriteJson, which every command ends with.
  void Print(std::string_view text) const;

  // Writes no document without --json. PERMISSION_DENIED (the file) and UNAVAILABLE (a standard stream) name
  // what cannot be written and the system's reason.
  absl::Status WriteJson(const nlohmann::json& document) const;

 private:
  std::FILE* human() const { return json_path_ == "-" ? stderr : stdout; }

  const std::string json_path_;
  mutable int print_error_ = 0;  // of the first Print that failed
};

// As Output::Print, on stdout. UNAVAILABLE: it cannot be written.
absl::Status PrintToStdout(std::string_view text);

// The whole text into a file, or nothing (trace/file_writer.h); makes the directory.
absl::Status WriteFile(const std::string& path, std::string_view text);

// A name from a scenario as a file name: everything but letters, digits, '.', '_' and '-' becomes '-', and it
// does not begin with a dot.
std::string AsFileName(std::string_view name);

}  // namespace ringside::cli
