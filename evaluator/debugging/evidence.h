// What a candidate may ask to see in a debugging round, and what it costs to look at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ringside/v1/debugging.pb.h"

namespace ringside::evaluator {

// What looking costs. Simple checks come before those that cost.
enum class CheckCost {
  kLook = 1,     // at what is there already: curves, samples, settings; and one batch, which takes a minute
  kMeasure = 2,  // something that has to be recorded first
  kExperiment = 3,  // another run
};

struct EvidenceKind {
  std::string_view id;
  std::string_view title;
  CheckCost cost;
  std::vector<std::string_view> words;  // in which it is asked for; lower case, the longest match wins
};

const std::vector<EvidenceKind>& EvidenceKinds();
const EvidenceKind* FindEvidence(std::string_view id);  // null: no such evidence

// The evidence that `text` asks for, in the order of its words, each once; at most five.
std::vector<const EvidenceKind*> EvidenceAskedFor(std::string_view text);

// Does the text ask to be shown something (rather than name a cause)? Short, or a request by its first words.
bool AsksToSee(std::string_view text);

// A list of everything, for who asks what there is.
std::string EvidenceMenu();

}  // namespace ringside::evaluator
