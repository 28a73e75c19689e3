// Cuts a rank's trace into messages that a stream takes.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::workers {

// Hands parts of about `max_bytes` each (a single element may be larger) to `sink`, in order; merged again
// (MergeFrom) they give `trace`. Long ParamValues come as several entries of the same param, to be put
// together in order. Stops at the first error of the sink.
absl::Status CutTrace(const v1::RankTrace& trace, int64_t max_bytes,
                      const std::function<absl::Status(const v1::RankTrace&)>& sink);

}  // namespace ringside::workers
