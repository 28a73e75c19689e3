// What a measured trace says of the costs of its own programs: how long each op computed, what a message
// cost once both of its ends were there, and what the walk took between two ops.
#pragma once

#include <array>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "ringside/v1/trace.pb.h"
#include "sim/cost/cost_model.h"

namespace ringside::sim {

// Medians over the steps after the warm-up. Computing ops hold what disturbed them in the run: neighbours,
// collectives beside them.
struct MeasuredCosts {
  std::vector<std::vector<double>> compute_ns;  // by rank and op; 0 of communication
  double op_overhead_ns = 0;                    // between two ops that wait for nothing
  double wakeup_ns = 0;                         // from the end of a communication to who waits for it
  // By receiving rank, kind of op and whether both ends share a node: latency and time per byte of a message,
  // from the moment both of its ends were ready. Least squares of the relative error over the medians of each
  // size.
  using MessageCosts = std::array<std::array<MessageCost, 2>, plan::kNumOpKinds>;
  std::vector<MessageCosts> messages;
  int64_t messages_seen = 0;  // hops that were matched with their other end
};

// `programs`: those of the trace. INVALID_ARGUMENT: the trace does not belong to its programs, or no step is
// left after the warm-up.
absl::StatusOr<MeasuredCosts> MeasureCosts(const v1::Trace& trace,
                                           const std::vector<plan::Program>& programs);

}  // namespace ringside::sim
