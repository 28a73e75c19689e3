// Which quantity a figure is about: from the topics of its sentence that its unit allows, the one that stands
// nearest to it in grammar.
#pragma once

#include <vector>

#include "evaluator/claims/facts.h"
#include "evaluator/claims/reading.h"

namespace ringside::claims {

struct Subject {
  std::vector<FactQuery> queries;  // what it can mean; a fact of any of them is the truth
  int mention = -1;                // of the sentence; -1: the unit alone says it
  double strength = 0;             // larger: stands nearer
  size_t unit = 0;                 // of the figure's
};

// What a topic means beside a figure of this unit; empty: nothing. `scopes`: those that hold for the figure,
// the nearest first.
std::vector<FactQuery> QueriesOf(const SentenceReading& reading, const Mention& mention, Unit unit,
                                 double value, const std::vector<Scope>& scopes, uint32_t at);

// Scopes that hold for lexemes [first, last), the nearest first.
std::vector<Scope> ScopesOf(const SentenceReading& reading, uint32_t first, uint32_t last);

// All subjects that a figure may have, the strongest first. Shares and factors are the business of ratios.h;
// here a ratio is a share of the step, or what is a ratio by itself.
std::vector<Subject> SubjectsOf(const SentenceReading& reading, const Figure& figure);

// Two or three parts of the model states that stand in one list ("weights, gradients and Adam states"): with
// all three, what they are together.
bool ListsAllStates(const SentenceReading& reading, uint32_t around);

}  // namespace ringside::claims
