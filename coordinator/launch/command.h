// Runs a short command (ip, tc) to its end, without a shell.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::coordinator {

// What it printed. NOT_FOUND: argv[0] is not in PATH. DEADLINE_EXCEEDED: it was killed after `timeout_ms`.
// INTERNAL: "`ip netns add x` failed with code 1: what it printed".
absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& argv, int timeout_ms = 10'000);

// All of them in order, up to the first that fails.
absl::Status RunCommands(const std::vector<std::vector<std::string>>& commands);

// The path of an executable as PATH finds it; a name with a slash is taken as it is. NOT_FOUND.
absl::StatusOr<std::string> FindExecutable(const std::string& name);

}  // namespace ringside::coordinator
