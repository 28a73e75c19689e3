// Answer x outcome -> scorecard. Deterministic: the same input gives the same bytes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "evaluator/design/best_plan.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// What was found out about an answer beside its run.
struct Findings {
  std::vector<v1::Counterfactual> counterfactuals;  // counterfactuals.h
  std::optional<v1::ClaimReport> claims;            // of the rationale; absent: not looked for
  std::optional<v1::TheoryGrade> coverage;          // of the rationale; absent: not looked for
};

// `question` is resolved (question.h), `answer` valid for it (answer.h). Never fails: what could not be
// graded has `error` set, no areas and a total of 0. `total` is the weighted mean of the areas, in 0..1; an
// area that weighs nothing and one that there is nothing to judge by are left out of it.
v1::Scorecard GradeDesign(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                          const Outcome& outcome, const BestPlan& best, const Findings& findings = {});

// The scorecard of an answer that could not be graded.
v1::Scorecard Ungraded(const v1::DesignQuestion& question, const v1::DesignAnswer& answer,
                       std::string_view error);

}  // namespace ringside::evaluator
