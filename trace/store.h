// A trace on disk. A directory holds
//   trace.pb      the serialized v1::Trace; its last field, environment, is always there, so that a file
//                 which was cut off anywhere is recognised
//   trace.json    Chrome trace events (trace/chrome.h)
//   summary.json  ToJson(Summarize(trace)); {"error": reason} where the trace cannot be summarised (a run
//   that
//                 failed before its first measured step still leaves its trace)
// Each file is replaced whole or not at all. Errors name the file and the reason.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

inline constexpr char kTraceFile[] = "trace.pb";
inline constexpr char kChromeFile[] = "trace.json";
inline constexpr char kSummaryFile[] = "summary.json";

// Could a trace be written there? To be asked before a run, not after it. What is there already is left
// alone, what is missing is missing afterwards, too.
absl::Status TryTraceDirectory(const std::string& directory);

// Makes the directory where it is missing. RESOURCE_EXHAUSTED: the disk is full, or the trace is beyond the 2
// GiB that a serialized message can have. INVALID_ARGUMENT: the trace contradicts itself (trace.pb is written
// all the same).
absl::Status SaveTrace(const v1::Trace& trace, const std::string& directory);

// From a directory or from a trace.pb. NOT_FOUND: there is none. DATA_LOSS: it is cut off or no trace.
absl::StatusOr<v1::Trace> LoadTrace(const std::string& path);

}  // namespace ringside::trace
