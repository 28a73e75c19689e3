// Executes a set of programs on a virtual clock, by the execution model in plan/program.h: one walk per rank,
// compute ops run to their end, communication ops are handed to their streams, streams are FIFO and
// independent of each other, a step ends when the walk has ended and all streams are idle. Ranks are tied
// together by their messages alone; there is no barrier between steps.
//
// Communication goes round by round (plan/collective.h). A message is a rendezvous: it begins when its
// sender's round and its receiver's round have both begun, and a rank's round ends when what it sends and
// what it receives have arrived. So one slow link holds up its neighbours, and through them the ring.
// Messages of a pair match in order: send_forward meets recv_forward, send_backward meets recv_backward,
// every other stream meets itself.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "sim/cost/cost_model.h"
#include "sim/model/flat_program.h"
#include "sim/model/topology.h"

namespace ringside::sim {

struct Span {  // as v1::OpSpan
  int32_t op;
  int32_t step;
  int64_t issue_ns, start_ns, end_ns;
};

struct StepTimes {
  int64_t start_ns, end_ns;
};

struct RankTimeline {
  std::vector<Span> spans;  // in the order in which the ops ended
  std::vector<StepTimes> steps;
};

struct Timeline {
  std::vector<RankTimeline> ranks;
  int64_t events = 0;
  int64_t end_ns = 0;  // of the last step on the last rank
};

struct MachineOptions {
  Topology topology;
  int steps = 1;
};

// `programs` by rank (programs[i].rank == i), flat[i] = Flatten(programs[i]).
// INVALID_ARGUMENT: nothing to execute, more time than the clock holds, or two ends of a message differ in
// size. FAILED_PRECONDITION: deadlock; names each stuck rank and the op it is stuck in (the first few).
absl::StatusOr<Timeline> Execute(const std::vector<plan::Program>& programs,
                                 const std::vector<FlatProgram>& flat, const CostModel& costs,
                                 const MachineOptions& options);

}  // namespace ringside::sim
