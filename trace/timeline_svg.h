// One step as a picture: a block of rows per rank, the compute stream on top and one row for each
// communication stream that is used below it.
//
// Compute is coloured by phase and labelled with its micro-batch (F0, B0, ...); what the compute stream waits
// for stands in the same row: exposed communication in the axis's colour (pale), the pipeline bubble and skew
// hatched, the rest empty (definitions: trace/attribution.h). In a communication row, the part of an op
// before every participant was there is drawn thin. Neighbouring ops that are alike and nearer than half a
// pixel are one shape.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::trace {

struct TimelineOptions {
  int step = -1;  // -1: the step of median length after the warm-up
  double width_px = 1100;
  int max_ranks = 16;  // of more, the first and a line that says so
  int64_t scale_ns =
      0;              // time that the full width stands for, to lay pictures side by side; 0: the step's own
  std::string title;  // empty: made from the scenario's name
  std::string id = "timeline";  // unique in its HTML page
};

// INVALID_ARGUMENT: the trace contradicts itself. NOT_FOUND: it has no such step with all ops recorded.
absl::StatusOr<std::string> TimelineSvg(const v1::Trace& trace, const TimelineOptions& options = {});

// The time that TimelineSvg would show at scale_ns = 0.
absl::StatusOr<int64_t> TimelineSpanNs(const v1::Trace& trace, int step = -1);

}  // namespace ringside::trace
