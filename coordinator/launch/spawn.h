// fork and exec with everything a supervised process needs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::coordinator {

struct SpawnedProcess {
  pid_t pid = -1;
  int pidfd = -1;      // readable once it has ended
  int output_fd = -1;  // its stdout and stderr; non-blocking
};

// The child leads its own process group, has no standard input, no descriptor but 0, 1 and 2, default signal
// dispositions, and is sent SIGTERM when the calling *thread* ends. Both descriptors are the caller's to
// close. NOT_FOUND, PERMISSION_DENIED or INTERNAL: argv[0] cannot be executed, and why.
absl::StatusOr<SpawnedProcess> Spawn(const std::vector<std::string>& argv,
                                     const std::vector<std::string>& environment);

}  // namespace ringside::coordinator
