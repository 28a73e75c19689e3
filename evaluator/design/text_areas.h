// The areas that the words of a rationale earn.
#pragma once

#include "ringside/v1/design.pb.h"

namespace ringside::evaluator {

// claims: the share of what can be checked that is so (evaluator/claims); 0 where nothing was said that could
// be checked. Each claim with its verdict is evidence.
v1::AreaScore ScoreClaims(const v1::ClaimReport& claims);

// coverage: what the question's must_hold asks for and the text says (evaluator/theory), as a person would
// mark it.
v1::AreaScore ScoreCoverage(const v1::TheoryGrade& grade);

}  // namespace ringside::evaluator
