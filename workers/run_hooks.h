// What is done to a rank's memory around its steps, without the executor knowing what: checkpoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plan/program.h"

namespace ringside::workers {

// The first byte of a view of a persistent buffer. Valid during the call that it is given to.
using MemoryOf = std::function<std::byte*(const plan::View&)>;

// On the walk's thread while nothing else runs; the transport is free. All ranks of a job have the same
// hooks.
struct RunHooks {
  // After the init ops: may replace what is in memory. Returns the number of the first step to run.
  std::function<absl::StatusOr<int32_t>(const MemoryOf&)> before_first_step;
  // After every step, with its number. An error ends the run.
  std::function<absl::Status(int32_t step, const MemoryOf&)> after_step;
};

}  // namespace ringside::workers
