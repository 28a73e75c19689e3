// Small closed classes of English words that the language layer and the graders ask for.
#pragma once

#include <string_view>

namespace ringside::text {

// Words of grammar, in lower case: articles, pronouns, prepositions, auxiliaries, conjunctions, adverbs of
// degree.
bool IsFunctionWord(std::string_view lower);

// A negation by itself, wherever it stands: "not", "don't", "never", "without". What depends on its
// neighbours
// ("not only", "instead of") is polarity.h's matter.
bool IsNegator(std::string_view lower);

// Opens a new clause where it stands: "but", "because", "which".
bool OpensClause(std::string_view lower);

// Ends in a full stop that ends no sentence, without the stop: "e.g", "vs", "fig".
bool IsAbbreviation(std::string_view lower);

}  // namespace ringside::text
