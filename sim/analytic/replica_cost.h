// What data parallelism adds to a step: gradients reduced, weights gathered (ZeRO-1 to 3, arXiv:1910.02054),
// and the optimizer.
#pragma once

#include "sim/analytic/block_cost.h"
#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

struct ReplicaCost {   // seconds a step
  double visible = 0;  // communication that no computation hides, and what the hidden part slows down
  double optimizer = 0;
};

// `layers`: of the fullest stage; `forward_s`, `backward_s`: of a micro-batch on it.
ReplicaCost CostOfReplicas(const Problem& problem, double layers, const BlockCost& layer, double forward_s,
                           double backward_s, double batches);

}  // namespace ringside::sim::analytic
