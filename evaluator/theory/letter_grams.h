// Texts as sets of four letters in a row: a likeness that survives misspellings and other endings.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluator/text/document.h"

namespace ringside::theory {

// Of the content terms' words, each with a blank on both sides; hashed, sorted, each once.
// Without those of struck tokens, if any are given.
std::vector<uint32_t> LetterGrams(const text::Document& document, const std::vector<bool>& struck = {});

// Size of the intersection over the geometric mean of the sizes.
double GramSimilarity(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b);

// Size of the intersection over that of the reference.
double GramRecall(const std::vector<uint32_t>& answer, const std::vector<uint32_t>& reference);

}  // namespace ringside::theory
