// What the questions of one table share: how common each term is, and what an answer to one of the others
// would get.
#pragma once

#include <vector>

#include "evaluator/theory/prepared_parts.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::theory {

// Of at most 24 questions, evenly spread, against eight others each. `least_spread`: of background.h.
Setting SettingOf(const std::vector<v1::TheoryQuestion>& questions, double least_spread = 0);

}  // namespace ringside::theory
