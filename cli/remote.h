// What commands say about a coordinator elsewhere: whether its address is one, and what an error of a call
// means to who sits before the terminal.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace ringside::cli {

// HOST:PORT, or a gRPC target that begins with "unix:". INVALID_ARGUMENT names --coordinator.
absl::Status CheckCoordinatorAddress(const std::string& address);

// An error of a call as a sentence that names the coordinator, the job (empty: none yet) and what to do. What
// the coordinator itself found wrong with the request stays as it is.
absl::Status ExplainCoordinatorError(const absl::Status& error, const std::string& address,
                                     const std::string& job_id);

}  // namespace ringside::cli
