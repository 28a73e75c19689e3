// The fast form of a prediction: costs of one layer forward and backward, the pipeline's schedule in closed
// form, what of the replicas' communication stays visible, the optimizer, and memory by named term.
// Stateless; no allocation.
#pragma once

#include "sim/analytic/block_cost.h"
#include "sim/analytic/memory.h"
#include "sim/analytic/problem.h"

namespace ringside::sim::analytic {

// Seconds of a step by cause; they add up to the step.
struct Breakdown {
  double gemm = 0, attention = 0, elementwise = 0;
  double host = 0;        // waiting for the host
  double layer_comm = 0;  // of tp, cp and ep, visible
  double bubble = 0;
  double pipeline_comm = 0;
  double replica_comm = 0;  // of dp and ZeRO, visible
  double optimizer = 0;
  double straggler = 0;
  double total() const {
    return gemm + attention + elementwise + host + layer_comm + bubble + pipeline_comm + replica_comm +
           optimizer + straggler;
  }
};

struct Estimation {
  double step_s = 0;
  Breakdown breakdown;
  Memory memory;
  bool fits = true;
  double tokens_per_s_per_gpu = 0;
};

// REQUIRES: device, stack and links are set; sizes are positive. A plan that does not divide the model is
// predicted as if parts of layers and heads existed.
Estimation Estimate(const Problem& problem);

}  // namespace ringside::sim::analytic
