// Answer x outcome -> scorecard. Deterministic: the same input gives the same bytes.
#pragma once

#include <string_view>

#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// `question` is resolved (question.h), `answer` valid for it (answer.h). Never fails: what could not be
// graded has `error` set, no areas and a total of 0. `total` is the weighted mean of the areas, in 0..1.
v1::Scorecard GradeDesign(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                          const Outcome& outcome, const BestPlan& best);

// The scorecard of an answer that could not be graded.
v1::Scorecard Ungraded(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                       std::string_view error);

}  // namespace ringside::evaluator
