// The launcher of one machine: virtual nodes where the cluster has several, plain processes otherwise, and
// plain processes with a note where virtual nodes cannot be had.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "coordinator/launch/local_launcher.h"
#include "coordinator/launch/virtual_node_launcher.h"

namespace ringside::coordinator {

// Whether a ClusterSpec.device stands for this machine: "local-cpu", or a device profile measured on it.
bool IsLocalDevice(const std::string& device);

class MachineLauncher : public Launcher {
 public:
  MachineLauncher(std::string worker_binary, Supervisor::Options options)
      : local_(std::move(worker_binary), options), virtual_nodes_(&local_) {}

  absl::StatusOr<Launched> Start(const LaunchSpec& spec, OnExit on_exit) override;
  void Kill(const AttemptId& id) override { local_.Kill(id); }
  void RemoveLeftovers(const std::string& job_id) override;

 private:
  absl::Status ProbeOnce();

  LocalLauncher local_;
  VirtualNodeLauncher virtual_nodes_;
  std::mutex mutex_;
  std::optional<absl::Status> probed_;
};

}  // namespace ringside::coordinator
