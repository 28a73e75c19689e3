#include "evaluator/theory/prepared_parts.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "evaluator/text/analyze.h"

namespace ringside::theory {
namespace {

constexpr std::string_view kCounts[] = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
constexpr std::string_view kCounted[] = {
    "advantag", "aspect",  "benefit",  "caus",   "challeng", "condit", "consequ",  "differ",   "disadvantag",
    "drawback", "exampl",  "factor",   "goal",   "issu",     "item",   "method",   "mitig",    "object",
    "point",    "problem", "properti", "reason", "requir",   "step",   "strategi", "techniqu", "way"};

// "at least 4 differences", "two reasons": a number close before a word for what is counted.
size_t AskedFor(const text::Document& prompt) {
  for (size_t i = 0; i < prompt.tokens.size(); ++i) {
    const text::Token& token = prompt.tokens[i];
    const auto word = std::find(std::begin(kCounts), std::end(kCounts), token.lower);
    size_t count = word == std::end(kCounts) ? 0 : static_cast<size_t>(word - std::begin(kCounts)) + 1;
    if (token.kind == text::TokenKind::kNumber && token.number >= 1 && token.number <= 8)
      count = static_cast<size_t>(token.number);
    if (count == 0) continue;
    for (size_t j = i + 1; j < std::min(i + 5, prompt.tokens.size()); ++j) {
      if (prompt.tokens[j].sentence != token.sentence) break;
      if (std::find(std::begin(kCounted), std::end(kCounted), prompt.tokens[j].stem) != std::end(kCounted))
        return count;
    }
  }
  return 0;
}

double Mass(const Wording& wording, const Lexicon& lexicon) {
  double mass = 0;
  for (const WordingTerm& term : wording.terms) mass += lexicon.entries()[term.entry].weight;
  return mass;
}

}  // namespace

PreparedParts Prepare(const v1::TheoryQuestion& question, const Setting& setting) {
  PreparedParts parts(setting.background);
  parts.chance = setting.chance;
  parts.model = setting.model;
  parts.question = question;
  double weights = 0;
  for (const v1::ReferencePoint& point : question.points()) {
    PointParts made;
    made.weight = point.has_weight() ? std::max(0.0, point.weight()) : 1;
    made.wordings.push_back(MakeWording(point.text(), &parts.lexicon));
    for (const std::string& wording : point.alternatives())
      made.wordings.push_back(MakeWording(wording, &parts.lexicon));
    if (setting.weights == PointWeights::kByContent) made.weight = Mass(made.wordings.front(), parts.lexicon);
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
  parts.prompt = text::Analyze(question.prompt());
  MakeWording(question.prompt(), &parts.lexicon);  // its words are known, too
  parts.lexicon.GiveAway(parts.prompt);
  parts.asked = AskedFor(parts.prompt);
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
