// A question taken apart: what grade_answer.h's PreparedQuestion holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/theory/lexicon.h"
#include "evaluator/theory/wording.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::theory {

struct PointParts {
  double weight = 1;  // of the question's points; together 1
  std::vector<Wording> wordings;
};

struct MisconceptionParts {
  std::vector<Wording> wordings;
};

struct PreparedParts {
  v1::TheoryQuestion question;
  Lexicon lexicon;
  std::vector<PointParts> points;                  // as question.points()
  std::vector<MisconceptionParts> misconceptions;  // as question.misconceptions()
  Wording prompt;
  double wording_mass = 0;  // content weight of a middling full answer: of every point's first wording
  double given_away = 0;    // share of it that stands in the prompt
};

PreparedParts Prepare(const v1::TheoryQuestion& question);

}  // namespace ringside::theory
