// What is known of an answer's plan, for the claims of its rationale to be compared with: closed forms of the
// plan, and what the run or the simulation said, each with its origin, place and error.
#pragma once

#include "evaluator/claims/facts.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// `scenario` is resolved; `outcome` is its run. Where the plan does not fit, only closed forms and the memory
// that it needs are known.
claims::Facts FactsOf(const v1::DesignQuestion& question, const v1::Scenario& scenario,
                      const Outcome& outcome);

}  // namespace ringside::evaluator
