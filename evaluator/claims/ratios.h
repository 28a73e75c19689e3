// Figures that relate two things: "1.5 times the bytes of ZeRO-1", "18x slower", "cuts optimizer memory by
// 87.5 %", "three quarters of the model states", "half of the step is spent in ...".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluator/claims/reading.h"
#include "evaluator/claims/world.h"

namespace ringside::claims {

struct RatioClaim {
  v1::ClaimKind kind = v1::CLAIM_KIND_COMPARISON;
  std::vector<double> factors;  // readings of the figure as a / b
  std::vector<Fact> facts;      // a / b as it is; empty: not known
  std::string subject;          // "bytes zero=3 against zero=1"
  std::vector<Change> under;
  int denominator = -1;          // mention that is divided by, where the figure is a share of it
  uint32_t first = 0, last = 0;  // lexemes that it covers
};

// The claim that a factor, a fraction or a percentage makes as a relation; nullopt: it is a share of the step
// or a ratio by itself, which subjects.h handles. `changes`: the conditions that hold at the figure.
std::optional<RatioClaim> RatioOf(const SentenceReading& reading, const Figure& figure, World* world);

// What of a topic can be compared between plans: bytes, shares, operations.
std::vector<FactQuery> ComparableQueries(const SentenceReading& reading, const Mention& mention, uint32_t at,
                                         const std::vector<Scope>& scopes);
std::string WordsFor(const Mention& mention);  // "optimizer states", "tp communication"

// What a variable is where a technique is not used; nullopt: it is none.
std::optional<Change> Neutral(Variable variable);

// Whether a verb says that its object grows (1) or shrinks (-1); 0: neither.
int DirectionOfVerb(std::string_view stem);

// What the settings at a place of the sentence change, baselines left out; of a variable the nearest.
std::vector<Change> ConditionsAt(const SentenceReading& reading, uint32_t at);
// What the sentence compares with ("than ZeRO-1"); empty: nothing.
std::vector<Change> BaselineOf(const SentenceReading& reading);

}  // namespace ringside::claims
