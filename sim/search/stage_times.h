// How long the instructions of a pipeline stage take and what the end of a step adds, from block costs and
// replica costs: ZeRO's gathers and reductions beside the blocks, as plan/weight_store.h and
// plan/grad_store.h order them, on the streams of plan/program.h.
//
// Every figure comes in two forms: an estimate, and a lower bound that no order of the same ops can beat.
// They differ only where it is not known at which op of a block something waits.
#pragma once

#include "sim/search/block_costs.h"
#include "sim/search/replica_costs.h"

namespace ringside::sim {

enum class Form { kEstimate, kLower };

struct OverlapFlags {
  bool reduce = false, gather = false;
};

// One chunk of a stage; ns from idle streams.
struct ChunkTimes {
  double forward = 0;
  double backward_first = 0, backward = 0;  // first micro-batch, all others
  double input_first = 0, input = 0;
  double weight_first = 0, weight = 0;
  // From the arrival of what another stage sends to the end of the pass that waited for it, which may have
  // begun with ops that do not need it: of the forward pass, and of the backward or input-gradient pass.
  double forward_after = 0, backward_after_first = 0, backward_after = 0;
  double block_backward = 0;  // of one block, without ZeRO
  double head_backward = 0, embedding_backward = 0;
  double host_backward = 0;  // of the backward pass of a later micro-batch, waiting for the host
};

// `blocks`: of the chunk; `turn`: how many chunks of its stage go backward before it; `recomputes`: whole
// blocks.
ChunkTimes TimesOfChunk(const ChunkCosts& costs, const StageReplica& replica, Role role, int zero, int blocks,
                        int turn, bool split, bool recomputes, OverlapFlags overlap, Form form);

// The end of a stage's step, in ns from the end of its pipeline: what is left to reduce, the optimizer, new
// weights back to the replicas. Stages meet in it: their tied embeddings are summed, and the squares of the
// whole gradient. Called in the order Tail, Sum, End; each says when the stage comes to its meeting, the next
// is told when all had come.
class Tail {
 public:
  // `replica` outlives this. `last`: the chunk that goes backward last; `window_ns`: how long before the end
  // of the pipeline the backward passes of the chunks before it may have begun, each.
  Tail(const StageReplica& replica, const ChunkTimes& last, int zero, int blocks_of_chunk, int chunks,
       double window_ns, bool split, bool recomputes, OverlapFlags overlap, Form form);
  double tied_ready_ns() const { return tied_ready_ns_; }
  double Sum(double tied_meet_ns, double kernel_ns);
  double End(double norm_meet_ns, double kernel_ns);

 private:
  const StageReplica& replica_;
  const int zero_;
  const bool lower_;
  std::array<double, 64> few_;
  std::vector<double> many_;
  double* ends_ = few_.data();  // of each bucket's reduction
  double now_ = 0, stream_ = 0, tied_ready_ns_ = 0, all_reduced_ns_ = 0;
};

}  // namespace ringside::sim
