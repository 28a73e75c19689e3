#include "evaluator/theory/prepared_parts.h"

#include <algorithm>

#include "evaluator/text/analyze.h"

namespace ringside::theory {

PreparedParts Prepare(const v1::TheoryQuestion& question) {
  PreparedParts parts;
  parts.question = question;
  double weights = 0;
  for (const v1::ReferencePoint& point : question.points()) {
    PointParts made;
    made.weight = point.has_weight() ? std::max(0.0, point.weight()) : 1;
    made.wordings.push_back(MakeWording(point.text(), &parts.lexicon));
    for (const std::string& wording : point.alternatives())
      made.wordings.push_back(MakeWording(wording, &parts.lexicon));
    weights += made.weight;
    parts.points.push_back(std::move(made));
  }
  if (weights > 0)
    for (PointParts& point : parts.points) point.weight /= weights;
  for (const v1::Misconception& misconception : question.misconceptions()) {
    MisconceptionParts made;
    made.wordings.push_back(MakeWording(misconception.claim(), &parts.lexicon));
    for (const std::string& wording : misconception.alternatives())
      made.wordings.push_back(MakeWording(wording, &parts.lexicon));
    parts.misconceptions.push_back(std::move(made));
  }
  parts.prompt = MakeWording(question.prompt(), &parts.lexicon);
  parts.lexicon.GiveAway(text::Analyze(question.prompt()));
  double given_away = 0;
  for (const PointParts& point : parts.points) {
    if (point.wordings.empty()) continue;
    for (const WordingTerm& term : point.wordings.front().terms) {
      const LexiconEntry& entry = parts.lexicon.entries()[term.entry];
      parts.wording_mass += entry.weight;
      given_away += entry.in_prompt ? entry.weight : 0;
    }
  }
  if (parts.wording_mass > 0) parts.given_away = given_away / parts.wording_mass;
  return parts;
}

}  // namespace ringside::theory
