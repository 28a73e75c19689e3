// Where a rank's step time went: its compute stream's time, from step mark to step mark, cut into segments
// that follow each other without gap or overlap, so that their sum is the step time to the nanosecond.
//
//  compute    a compute op runs. (A join does nothing: it counts as waiting.)
//  Between two compute ops the stream waits for the communication its next op depends on (at the step's end:
//  for all that still runs). Of several it is the one that ends last. The wait is walked backwards from its
//  end: while that op was queued, what held it back (the op before it on its stream, or a dep) is looked at
//  in the same way. exposed    the op was on the wire: every participant it needs had started it. By axis:
//  dp, tp, pp, embedding. bubble     a receive was posted before the peer stage began to send, or a send
//  waited for its receive; also
//             the embedding all-reduce between first and last stage while one of the two had not started it.
//  skew       a collective waited for a late member (by axis).
//  other      none of these: overhead of the walk, wake-ups, queueing.
//
// Start times of other ranks are compared, so each boundary inside a wait is as exact as the clocks are
// aligned: RankTrace.clock_residual_ns. Sums are not affected. All times in integer ns.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trace/trace_index.h"

namespace ringside::trace {

enum class Cause : uint8_t { kCompute, kExposed, kBubble, kSkew, kOther };
std::string_view Name(Cause cause);  // "compute", "exposed", ...

struct Segment {
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
  Cause cause = Cause::kOther;
  int32_t op = -1;  // the op that computes or is waited for; -1: none
};

struct TimeSplit {
  int64_t compute_ns = 0;
  int64_t bubble_ns = 0;
  int64_t other_ns = 0;
  std::map<std::string, int64_t> exposed_ns;        // by axis
  std::map<std::string, int64_t> skew_ns;           // by axis
  std::map<std::string, int64_t> compute_by_phase;  // parts of compute_ns
  std::map<std::string, int64_t> compute_by_kind;   // parts of compute_ns
  // Not part of the sum: the time in which at least one transfer of this rank was on the wire, and the part
  // of it in which the compute stream computed (hidden communication).
  int64_t wire_ns = 0;
  int64_t hidden_ns = 0;

  int64_t exposed_total_ns() const;
  int64_t skew_total_ns() const;
  int64_t total_ns() const;  // the step time
};

// The segments of one rank and step, in order, tiling [mark start, mark end).
// NOT_FOUND if the step has no mark or no spans on the rank.
absl::StatusOr<std::vector<Segment>> SegmentStep(const TraceIndex& index, int rank, int step);

absl::StatusOr<TimeSplit> SplitStep(const TraceIndex& index, int rank, int step);

}  // namespace ringside::trace
