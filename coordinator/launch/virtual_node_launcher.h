// Worker processes on virtual nodes (virtual_network.h): mpirun runs in node 0 and reaches the others through
// a launch agent that enters their namespaces, as it would through ssh. Ranks of one node share memory, ranks
// of different nodes talk TCP over their limited links.
//
// Workers reach the coordinator through a Unix socket: the file system is common to all namespaces, so the
// coordinator needs no address inside them and its traffic does not disturb the links under test.
#pragma once

#include <string>

#include "coordinator/launch/local_launcher.h"

namespace ringside::coordinator {

class VirtualNodeLauncher : public Launcher {
 public:
  // `processes` runs and ends the processes; it outlives this.
  explicit VirtualNodeLauncher(LocalLauncher* processes) : processes_(processes) {}

  // UNAVAILABLE: the network cannot be built, and which command said why.
  absl::StatusOr<Launched> Start(const LaunchSpec& spec, OnExit on_exit) override;
  void Kill(const AttemptId& id) override { processes_->Kill(id); }
  void RemoveLeftovers(const std::string& job_id) override;

 private:
  LocalLauncher* const processes_;
};

}  // namespace ringside::coordinator
