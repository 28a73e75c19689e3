// Question x answer -> the scenario that is run: everything but the plan is the question's.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// The resolved scenario of the plan, completed as plan_defaults.h says, named "<question>/<PlanName>", so
// that equal plans give equal scenarios whoever proposed them. INVALID_ARGUMENT: the plan divides neither
// model nor ranks, or breaks a constraint of the question (what it fixes, precision, ranks, global batch,
// largest micro-batch): such an answer is infeasible, for the reason given.
absl::StatusOr<v1::Scenario> ScenarioOf(const v1::DesignQuestion& question, const v1::ParallelPlan& plan);

// dp x tp x pp x cp; -1: no such number.
int RanksOf(const v1::ParallelPlan& plan);

// "dp2-tp2-pp1 mb4x2", and what differs from the defaults: "dp2-tp1-pp2 mb4x2 gpipe overlap bucket 0.5".
std::string PlanName(const v1::ParallelPlan& plan);

}  // namespace ringside::evaluator
