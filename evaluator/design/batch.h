// Grades many answers to one question: plans that compile to the same programs share one run (run_key.h), one
// bad answer costs only itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

struct BatchHooks {
  // Called before each piece of work, on the calling thread: "best plan of q", "answer 2 of 3: dp4 ...".
  std::function<void(const std::string& doing)> progress;
  // Asked after each run and, while the best plan is looked for, before each candidate; true ends the batch
  // with CANCELLED.
  std::function<bool()> cancelled;
  bool counterfactuals = true;  // what one change would have given: tens of simulations a distinct plan
};

// Scorecards in the order of the answers. `question` need not be resolved. An answer whose plan equals
// the best one is compared with the same run; one that beats it has full marks and changes no other answer's:
// the same answer has the same score whoever else is in the batch.
// INVALID_ARGUMENT: the question is malformed or impossible. CANCELLED. Whatever kept the best plan from
// being found, e.g. UNAVAILABLE: nothing to run on. Later failures cost one answer each, never the batch.
absl::StatusOr<std::vector<v1::Scorecard>> GradeBatch(const v1::DesignQuestion& question,
                                                      const std::vector<v1::DesignAnswer>& answers,
                                                      DesignRunner& runner, BestPlanFinder& finder,
                                                      const BatchHooks& hooks = {});

}  // namespace ringside::evaluator
