// Scenarios on clusters of the catalogue: read without compiling programs for every rank, since those are
// folded.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::cli {

struct GpuScenario {
  v1::Scenario scenario;
  int ranks = 0;           // that were asked for beside the file; 0: none were
  std::string text, path;  // to locate errors with proto::LocateError
};

// The file, with `cluster` ("DEVICE" or "DEVICE:RANKS"; empty: as the file says) in the place of its device
// and nodes, and `ranks` (0: as the file says) in that of its nodes; sets dp where the file does not. Errors
// as LoadScenario.
absl::StatusOr<GpuScenario> ReadScenario(const std::string& path, const std::string& cluster, int ranks);

// The ranks that the scenario's cluster has, or its plan where the cluster does not say; 0: neither does.
int RanksOf(const v1::Scenario& scenario);

}  // namespace ringside::cli
