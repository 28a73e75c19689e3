// Which scenarios this machine runs for real. The answer depends on the question alone (model, cluster, run,
// global batch), never on the plan, so that all answers to a question stand on the same basis.
#pragma once

#include <cstdint>
#include <string>

#include "plan/compile.h"

namespace ringside::evaluator {

struct LocalLimits {
  int max_ranks = 8;              // oversubscription: beyond it the scheduler is what would be measured
  int64_t max_total_bytes = 0;    // of all ranks together
  double max_model_flops = 1e13;  // of all steps of the run: minutes on two cores, not hours

  // Half of the memory this machine has; the rest as above.
  static LocalLimits OfThisMachine();
};

struct Placement {
  bool local = false;
  std::string reason;  // one clause, either way
};

Placement WhereToRun(const plan::Resolved& resolved, const LocalLimits& limits);

}  // namespace ringside::evaluator
