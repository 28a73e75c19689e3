// Small things that all parts of the engine say: the time, a state's name, that it is about to end.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "coordinator/core/types.h"

namespace ringside::coordinator {

Instant Now();
absl::Status ShuttingDown();
std::string StateName(v1::JobState state);  // "queued"; reads well after "it is" and, for ended states, "it"

}  // namespace ringside::coordinator
