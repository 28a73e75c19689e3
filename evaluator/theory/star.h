// Answers about the past in four parts: Situation, Task, Action, Result, the result in figures that agree.
#pragma once

#include <string>
#include <vector>

#include "evaluator/text/document.h"

namespace ringside::theory {

struct Star {
  bool situation = false, task = false, action = false, result = false;
  bool quantified = false;         // a figure in a sentence of the result
  std::vector<std::string> wrong;  // "from 14 to 4.5" is 68 %, not 80 %: one sentence each
  int Parts() const { return situation + task + action + result; }
};

// "from A to B" (or "A to B") with a percentage or a factor in the same or the next sentence is computed: a
// change of |A - B| / A within 1.5 points, a factor of A / B or B / A within 6 %.
Star CheckStar(const text::Document& answer);

// One sentence for each part that is missing and each figure that does not agree.
std::vector<std::string> NotesOf(const Star& star);

}  // namespace ringside::theory
