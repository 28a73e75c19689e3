// Points and misconceptions of one answer as they are shown: what was earned, by which words, and what is
// missing.
#pragma once

#include "evaluator/theory/measure.h"
#include "evaluator/theory/model.h"
#include "evaluator/theory/prepared_parts.h"
#include "ringside/v1/theory.pb.h"

namespace ringside::theory {

// Point by point into grade->points. What is earned counts terms and their order, less where the polarity is
// the contrary; gates.order is a factor.
void GradePoints(const PreparedParts& question, const Measured& answer, const Gates& gates,
                 v1::TheoryGrade* grade);

// Wrong statements of the question that the answer makes, into grade->misconceptions; points that they void
// lose what they earned. A hedged answer pays half the penalty.
void FindMisconceptions(const PreparedParts& question, const Measured& answer, const Gates& gates,
                        v1::TheoryGrade* grade);

}  // namespace ringside::theory
