// Arithmetic in an answer: "16 B x 7 B = 112 GB", "(p-1)/(m+p-1) = 3/19 = 16 %", "dp 2 x tp 4 = 8".
//
// Letters stand for the plan's numbers, each for any that it usually means (p: pp; n: dp, tp or ranks). A
// chain is right if some reading of letters and of ambiguous units makes its sides equal within what their
// digits give; it is wrong if none does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluator/claims/figures.h"
#include "evaluator/claims/plan_shape.h"

namespace ringside::claims {

struct Formula {
  uint32_t first = 0, last = 0;  // lexemes
  uint32_t begin = 0, end = 0;   // bytes
  int sides = 0;
  bool has_letters = false;
  bool checked = false;  // at least two sides, one of them computed, all letters known
  bool right = false;
  double computed = 0, stated = 0;  // the sides that differ most, in the reading that fits best
  double tolerance = 0;
  bool approximate = false;
  // What the last side says, if it is a number: "16 %" of "... = 3/19 = 16 %".
  std::optional<Figure> result;
  // The value of a single side with letters ("(p-1)/m") where all readings agree.
  std::optional<double> value;
};

// The formula that begins at lexeme `at`; nullopt: none. `shape` null: no letter has a value.
std::optional<Formula> ParseFormula(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text,
                                    const PlanShape* shape);

}  // namespace ringside::claims
