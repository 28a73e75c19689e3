// The whole way from an answer's text to its features.
#pragma once

#include <string_view>
#include <vector>

#include "evaluator/theory/features.h"
#include "evaluator/theory/prepared_parts.h"
#include "evaluator/theory/reading.h"
#include "evaluator/theory/screening.h"

namespace ringside::theory {

struct Measured {
  Screening screening;
  Reading reading;
  std::vector<PointAlignment> points;  // as the question's
  Features features{};
  size_t words = 0;  // that were not struck out
};

Measured MeasureAnswer(const PreparedParts& question, std::string_view answer);

}  // namespace ringside::theory
