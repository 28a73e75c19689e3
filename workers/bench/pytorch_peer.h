// PyTorch beside us: the same model and optimizer (pytorch_peer.py), a step when it is asked to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/compile.h"
#include "workers/bench/child_process.h"

namespace ringside::bench {

// Not thread-safe.
class PyTorchPeer {
 public:
  // `ranks` > 1: so many processes of DistributedDataParallel over gloo, each with the scenario's batch. Its
  // warm-up step is done when this returns. NOT_FOUND: no Python here has PyTorch. UNIMPLEMENTED: the model
  // is no GPT-2.
  static absl::StatusOr<std::unique_ptr<PyTorchPeer>> Start(const plan::Resolved& resolved, int ranks = 1);

  // Seconds of each of the next `steps` steps, of the slowest rank.
  absl::StatusOr<std::vector<double>> Step(int steps);
  const std::string& version() const { return version_; }

 private:
  std::vector<std::unique_ptr<ChildProcess>> ranks_;
  std::string version_;
};

}  // namespace ringside::bench
