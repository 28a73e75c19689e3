// What is said negatively: every token in the scope of an odd number of negators.
//
// The scope of a negator goes from the word behind it to the end of its clause; of "it is not true that" to
// the end of the sentence. Negators: word_lists.h, "instead of", "rather than", "fails to", "no longer",
// "absence of". None: "not only", "no doubt", "no matter", "whether or not", "not to mention", "nothing but".
#pragma once

#include "evaluator/text/document.h"

namespace ringside::text {

// Sets `negator` and `negated` of the tokens.
void MarkPolarity(Document* document);

}  // namespace ringside::text
