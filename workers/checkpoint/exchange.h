// Short messages that all ranks of a job exchange between steps: who holds what, and whether all went well.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "workers/transport/transport.h"

namespace ringside::checkpoint {

// Collective: what every rank brought, by rank. Nobody returns before all have called. Up to 1 GiB in all.
// CANCELLED when `stop` is set; else the transport's errors.
absl::StatusOr<std::vector<std::string>> AllGather(workers::Transport& transport, const std::string& mine,
                                                   const std::atomic<bool>& stop);

// Collective: OK on every rank if all brought OK, else on every rank the error of the lowest one that has
// one.
absl::Status AllAgree(workers::Transport& transport, const absl::Status& mine, const std::atomic<bool>& stop);

}  // namespace ringside::checkpoint
