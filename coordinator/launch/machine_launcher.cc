#include "coordinator/launch/machine_launcher.h"

#include <unistd.h>

#include "base/status_macros.h"
#include "coordinator/launch/virtual_network.h"
#include "fmt/format.h"

namespace ringside::coordinator {

bool IsLocalDevice(const std::string& device) {
  return device.empty() || device.starts_with("local") || device.find('/') != std::string::npos ||
         device.ends_with(".yaml");
}

absl::Status MachineLauncher::ProbeOnce() {
  const std::lock_guard lock(mutex_);
  if (!probed_) probed_ = ProbeVirtualNodes();
  return *probed_;
}

absl::StatusOr<Launched> MachineLauncher::Start(const LaunchSpec& spec, OnExit on_exit) {
  if (spec.cluster.nodes() <= 1) return local_.Start(spec, std::move(on_exit));
  const absl::Status possible = ProbeOnce();
  if (possible.ok()) return virtual_nodes_.Start(spec, std::move(on_exit));
  RINGSIDE_ASSIGN_OR_RETURN(Launched launched, local_.Start(spec, std::move(on_exit)));
  launched.note = fmt::format(
      "{} nodes were asked for, but {}; the ranks ran as plain processes with no limit on "
      "their links",
      spec.cluster.nodes(), std::string(possible.message()));
  return launched;
}

void MachineLauncher::RemoveLeftovers(const std::string& job_id) {
  if (::geteuid() == 0) {
    virtual_nodes_.RemoveLeftovers(job_id);
  } else {
    local_.RemoveLeftovers(job_id);
  }
}

}  // namespace ringside::coordinator
