// A question taken apart: what grade_answer.h's PreparedQuestion holds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/theory/background.h"
#include "evaluator/theory/lexicon.h"
#include "evaluator/theory/wording.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::theory {

class Model;  // model.h

struct PointParts {
  double weight = 1;  // of the question's points; together 1
  std::vector<Wording> wordings;
};

struct MisconceptionParts {
  std::vector<Wording> wordings;
};

struct PreparedParts {
  explicit PreparedParts(std::shared_ptr<const Background> background) : lexicon(std::move(background)) {}

  v1::TheoryQuestion question;
  Lexicon lexicon;
  std::vector<PointParts> points;                  // as question.points()
  std::vector<MisconceptionParts> misconceptions;  // as question.misconceptions()
  text::Document prompt;
  double wording_mass = 0;  // content weight of a middling full answer: of every point's first wording
  size_t asked = 0;         // how many points the prompt asks for ("name two"); 0: all of them
  double chance = 0;        // Setting::chance
  std::shared_ptr<const Model> model;  // the same
  double given_away = 0;               // share of it that stands in the prompt
};

enum class PointWeights {
  kAsGiven,    // ReferencePoint.weight
  kByContent,  // what the first wording says, for references that were split into sentences
};

// What questions that are asked together share.
struct Setting {
  std::shared_ptr<const Background> background;
  PointWeights weights = PointWeights::kAsGiven;
  // The weighted sum of features (model.h) that two of three answers to other questions stay below: what is
  // reached by vocabulary alone.
  double chance = 0;
  std::shared_ptr<const Model> model;  // null: the one built in

  static Setting OfBank() {
    return {Background::BuiltIn(), PointWeights::kAsGiven, Background::BuiltIn()->chance(), nullptr};
  }
};

PreparedParts Prepare(const v1::TheoryQuestion& question, const Setting& setting);

}  // namespace ringside::theory
