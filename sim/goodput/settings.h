// What decides how much of weeks of wall time a training run turns into training: the inputs of the closed
// form (expectation.h) and of the independent simulation (monte_carlo.h), which share nothing else.
//
// The process that both describe. An interruption stops the whole job. It is noticed after `detect_s`; the
// job then waits for nodes if it must, and takes `restart_s` until it trains again from the last checkpoint
// that had been written. Interruptions may come at any of these times and begin all of it anew. Training goes
// in segments: `interval_s` of training, then `checkpoint_s` in which everything stands. What is left of
// writing the checkpoint goes on beside the next segment: for `write_s` it slows training by
// `write_slowdown`, and only at its end the segment's work is safe.
//
// Nodes. A share of the interruptions breaks a node, which is repaired after a time that is exponential.
// Spare nodes take the place of broken ones at once. Where more are broken than there are spares, the job
// waits (nodes_per_replica 0), or it goes on with as many data-parallel replicas as there are whole ones;
// nodes that come back are taken up at the next checkpoint, which takes `resize_s` of that segment.
// Interruptions come as often to a shrunk job as to a whole one.
//
// Planned stops wait for the end of a segment, lose no work, and stop every other clock with them.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace ringside::sim {

struct GoodputSettings {
  // -- interruptions of the whole job
  double interruption_mean_s = 0;  // from one to the next
  double weibull_shape = 1;        // of the time from one to the next; 1: exponential
  double detect_s = 0;
  double restart_s = 0;  // reading the checkpoint included

  // -- checkpoints
  double interval_s = 0;
  double checkpoint_s = 0;    // that training stands
  double write_s = 0;         // beside training, after that
  double write_slowdown = 0;  // of training meanwhile: 0.1 is 10 % of it

  // -- nodes
  static constexpr int64_t kUnlimited = -1;
  int64_t nodes = 1;
  int64_t spare_nodes = kUnlimited;  // what is broken is always replaced
  double broken_share = 1;           // of interruptions
  double repair_mean_s = 0;
  int64_t nodes_per_replica = 0;  // 0: the job never shrinks
  double resize_s = 0;

  // -- planned stops
  double maintenance_every_s = 0;  // wall time from one to the next; 0: none
  double maintenance_s = 0;        // from the stop to training again

  bool elastic() const { return spare_nodes != kUnlimited && nodes_per_replica > 0; }
};

// INVALID_ARGUMENT names the field: not finite, negative where that makes no sense, beyond its limit, a write
// that is longer than the interval, replicas that do not divide the nodes, planned stops without a pause
// between them.
absl::Status CheckGoodput(const GoodputSettings& settings);

// Where the wall time goes; the sum is 1.
struct TimeShares {
  double useful = 0;      // training whose work is kept, at the speed of the whole job
  double checkpoint = 0;  // standing for checkpoints that were written to their end
  double slowdown = 0;    // training lost to writing beside it
  double lost = 0;        // training and checkpoints after the last one that was written
  double detection = 0;
  double waiting = 0;  // for nodes
  double restart = 0;
  double shrunk = 0;  // of training, for lack of nodes; resizing
  double maintenance = 0;

  double sum() const {
    return useful + checkpoint + slowdown + lost + detection + waiting + restart + shrunk + maintenance;
  }
};

}  // namespace ringside::sim
