// Whether steps that belong in an order were named in it: simple checks first when something is being
// debugged.
#pragma once

#include <string>
#include <vector>

#include "evaluator/theory/measure.h"
#include "ringside/v1/bank.pb.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::theory {

struct OrderOfChecks {
  int pairs = 0;                   // pairs of earned points with different orders
  int wrong = 0;                   // of them: named the wrong way round
  std::vector<std::string> notes;  // one sentence for the first pair that is wrong
};

// Points with order > 0 that earned something, by where they are first said. Grades stand as the question's
// points.
OrderOfChecks CheckOrder(const v1::TheoryQuestion& question, const v1::TheoryGrade& grade);

}  // namespace ringside::theory
