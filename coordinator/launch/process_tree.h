// Finds and ends every process of a job, also those that left the process group or lost their parent: all
// have the job's mark (an environment variable, "RINGSIDE_JOB_ID=j0123...") in /proc/PID/environ.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::coordinator {

// Processes of this user whose environment holds `mark` ("NAME=VALUE"), and their descendants; never the
// calling process. Zombies do not count: they have ended.
std::vector<pid_t> FindMarked(const std::string& mark);

// SIGKILLs them until none is found, and returns how many there were. DEADLINE_EXCEEDED: some are still
// there after `timeout_ms`, with their ids.
absl::StatusOr<int> KillMarked(const std::string& mark, int timeout_ms = 5000);

}  // namespace ringside::coordinator
