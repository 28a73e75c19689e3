// The command line and environment of mpirun, shared by the launchers that use it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/launch/launcher.h"
#include "coordinator/launch/owned_directory.h"

namespace ringside::coordinator {

// The variable assignment by which a job's processes are found (process_tree.h).
std::string JobMark(const std::string& job_id);

// The coordinator's own environment without what another mpirun or job has left in it, plus what the workers
// need. One thread per rank: ranks share the cores, and a rank's speed must not depend on how many there are.
std::vector<std::string> WorkerEnvironment(const LaunchSpec& spec);

// Where Open MPI puts an attempt's session directory and shared memory: short paths of its own, which go as a
// whole when the last one who holds them does.
struct ScratchDirs {
  std::unique_ptr<OwnedDirectory> session;        // under the temporary directory
  std::unique_ptr<OwnedDirectory> shared_memory;  // under /dev/shm; null where there is none
};
absl::StatusOr<std::shared_ptr<const ScratchDirs>> MakeScratchDirs(const std::string& job_id);
// Those of a job whose coordinator is gone; others stay.
void RemoveScratchDirs(const std::string& job_id);
// All that coordinators and commands which were killed have left in the temporary directory, /tmp and
// /dev/shm.
void SweepScratchDirs();

// From "mpirun" up to and without the program. Options that hold for plain processes and virtual nodes alike.
absl::StatusOr<std::vector<std::string>> MpirunPrefix(const LaunchSpec& spec, const ScratchDirs& dirs);

}  // namespace ringside::coordinator
