// A trace as Chrome trace events (JSON object format), which Perfetto (ui.perfetto.dev) and chrome://tracing
// open.
//
//  pid = rank, named "rank 2 on HOST"; tid = one lane per stream that is used, and one for the steps.
//  Spans are complete events ("X") with step, layer, micro-batch, phase, FLOPs, bytes, bytes sent and
//  GFLOP/s. Spans of one stream that overlap (clock error, damaged traces) are moved to further lanes of that
//  stream, since the viewers nest what overlaps. Memory by category is a counter ("C"); an arrow ("s" to "f")
//  leads from a send to its receive. Times are microseconds with three decimals: nothing of the ns is lost.
#pragma once

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

// Hands the JSON to `sink` piece by piece, so that a large trace needs no second copy in memory. Ends at
// the sink's first error. INVALID_ARGUMENT: the trace contradicts itself (see TraceIndex).
using TextSink = absl::FunctionRef<absl::Status(std::string_view)>;
absl::Status WriteChromeTrace(const v1::Trace& trace, TextSink sink);

// In one piece. A trace that contradicts itself gives a valid file without events, with the reason under
// otherData.error.
std::string WriteChromeTrace(const v1::Trace& trace);

}  // namespace ringside::trace
