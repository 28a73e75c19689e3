// Asking other programs what they are.
#pragma once

#include <string>

namespace ringside::cli {

struct CommandResult {
  int exit_code = -1;  // -1: could not be started, was killed, or took longer than its limit
  std::string output;  // stdout and stderr together, at most 64 KiB
};

// Runs a fixed command line (never text from outside) through the shell, for at most `limit_s` seconds.
CommandResult RunShell(const std::string& command, int limit_s = 5);

// The first line of `text`.
std::string FirstLine(const std::string& text);

}  // namespace ringside::cli
