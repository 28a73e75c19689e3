// How quantities follow a plan's knobs: a table, each row checked by a test that evaluates the closed forms,
// or compiled programs where there is none, on both sides of a change (monotone_test).
#pragma once

#include <vector>

#include "evaluator/claims/plan_shape.h"
#include "evaluator/claims/quantity.h"

namespace ringside::claims {

enum class When : uint8_t {
  kAlways,
  kPipeline,        // pp > 1
  kTensorParallel,  // tp > 1
  kZero,            // ZeRO of any stage
  kNoZero,
  kZero2,  // stage 2 or 3
  kBelowZero2,
  kZero3,
  kBelowZero3,
  kFull,  // 1f1b or interleaved, with at least as many micro-batches as stages
  kGpipe,
};
bool Holds(When when, const PlanShape& shape);

struct Monotone {
  Variable variable;
  Quantity quantity;
  Axis axis = Axis::kNone;
  Scope scope = Scope::kNone;
  int sign = 0;      // of the quantity where the variable grows: 1, -1, 0 not at all
  double power = 0;  // quantity ~ variable^power; 0: not a power
  When when = When::kAlways;
};
const std::vector<Monotone>& MonotoneTable();

// The row for it under the plan; null: none. scope kNone: any row's.
const Monotone* FindMonotone(Variable variable, Quantity quantity, Axis axis, const PlanShape& shape);

}  // namespace ringside::claims
