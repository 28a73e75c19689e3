// Reads a Chrome trace (also PyTorch's, which libkineto writes), as an object with "traceEvents" or as a
// plain list of events, event by event. Memory does not depend on the size of the file: one chunk, and the
// longest single event.
//
// Real files have faults. What a reader can work around is repaired in place, counted and reported; a damaged
// event costs only itself. Only a file that is no JSON object or list at all is refused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "trace/import/byte_source.h"
#include "trace/import/event.h"
#include "trace/import/metadata.h"
#include "trace/import/repairs.h"

namespace ringside::trace {

struct ReadLimits {
  size_t max_value_bytes = 64 << 20;  // of one event, or of one member that is metadata
};

struct ChromeFile {
  TraceMetadata metadata;
  Repairs repairs;
  int64_t events = 0;
  int64_t json_bytes = 0;  // decompressed
  bool has_events_member = false;
};

// Called once an event, in the file's order; an error ends the reading and is returned.
using EventVisitor = absl::FunctionRef<absl::Status(const TraceEvent&)>;

// INVALID_ARGUMENT: no trace. Errors of the source and of the visitor are passed on.
absl::StatusOr<ChromeFile> ReadChromeEvents(ByteSource* source, EventVisitor visitor,
                                            const ReadLimits& limits = {});
// From a file, which the error names.
absl::StatusOr<ChromeFile> ReadChromeFile(const std::string& path, EventVisitor visitor,
                                          const ReadLimits& limits = {});

}  // namespace ringside::trace
