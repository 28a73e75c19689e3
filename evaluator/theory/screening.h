// What of an answer is taken at its word: sentences that speak to the grader, sentences said before and
// stretches copied from the question are struck out before anything is measured. Also whether it says that it
// does not know.
#pragma once

#include <vector>

#include "evaluator/text/document.h"

namespace ringside::theory {

struct Screening {
  std::vector<bool> struck;   // by token
  bool instructions = false;  // a sentence speaks to the grader
  bool repeated = false;      // a fifth or more of the words are sentences said before
  bool copied = false;  // three quarters or more are stretches of six words of the question, or all of it is
  bool not_known = false;  // "I do not know", "no idea"
  bool hedged = false;     // "I am not sure, but", "probably", "I think"
  size_t words_left = 0;
};

Screening Screen(const text::Document& answer, const text::Document& prompt);

}  // namespace ringside::theory
