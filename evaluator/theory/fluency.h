// Whether a text reads as sentences: how much more often its neighbouring words follow each other than if
// words came in any order. Words are looked at by class only: every small word is its own, content words go
// by their endings.
//
// The table (data/fluency.txt) is counted over the project's own texts by fit_fluency.cc, which says how.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/text/document.h"

namespace ringside::theory {

// The classes of a sentence's words in order, between the classes of its begin and end.
std::vector<std::string> WordClasses(const text::Document& document, const text::Range& sentence);

// Mean over neighbours of log(p(ab) / (p(a) p(b))), pulled to a middling value where there are few. Sentences
// are near 0.5 and above, shuffled ones and lists near 0 and below. 0 for a text without words.
// Sentences that begin with a struck token
// and those of which two fifths are figures, signs and single letters are passed over.
double Fluency(const text::Document& document, const std::vector<bool>& struck);

}  // namespace ringside::theory
