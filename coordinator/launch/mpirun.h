// The command line and environment of mpirun, shared by the launchers that use it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/launch/launcher.h"

namespace ringside::coordinator {

// The variable assignment by which a job's processes are found (process_tree.h).
std::string JobMark(const std::string& job_id);

// The coordinator's own environment without what another mpirun or job has left in it, plus what the workers
// need. One thread per rank: ranks share the cores, and a rank's speed must not depend on how many there are.
std::vector<std::string> WorkerEnvironment(const LaunchSpec& spec);

// Where Open MPI puts an attempt's session directory and shared memory: short paths of its own, so that a
// killed attempt's leftovers can be removed as a whole.
struct ScratchDirs {
  std::string session;        // under the temporary directory
  std::string shared_memory;  // under /dev/shm; empty where there is none
};
ScratchDirs ScratchDirsOf(const std::string& job_id);
absl::StatusOr<ScratchDirs> MakeScratchDirs(const std::string& job_id);
void RemoveScratchDirs(const std::string& job_id);

// From "mpirun" up to and without the program. Options that hold for plain processes and virtual nodes alike.
absl::StatusOr<std::vector<std::string>> MpirunPrefix(const LaunchSpec& spec);

}  // namespace ringside::coordinator
