// What one change to an answer's plan would have given, by simulation.
#pragma once

#include <vector>

#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

inline constexpr int kMostCounterfactuals = 4;
inline constexpr double kLeastGain = 1.02;  // factors below are not worth telling

// Of each knob the change that gains most within deadline and budget, the largest gains first, and behind
// them the best plan found. For a plan that does not fit: changes that make it fit, the fastest first, with
// factor 0 and how they compare with the best plan in the reason. `plan` is resolved, as the scenario that
// was run has it. Every figure is the simulator's, also where the answer was measured: a ratio of two
// predictions. Empty where the runner has no simulator or the plan is not valid.
std::vector<v1::Counterfactual> CounterfactualsOf(const v1::DesignQuestion& question,
                                                  const v1::ParallelPlan& plan, const Outcome& outcome,
                                                  const BestPlan& best, DesignRunner& runner);

}  // namespace ringside::evaluator
