// One wording of a reference point or misconception as terms of the question's lexicon, and how far an answer
// says the same: its terms, in its order, with its polarity.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evaluator/theory/lexicon.h"
#include "evaluator/theory/reading.h"

namespace ringside::theory {

struct WordingTerm {
  uint32_t entry = 0;
  uint32_t sentence = 0;
  bool negated = false;
  uint16_t negators = 0;  // in its clause
};

struct Wording {
  std::vector<WordingTerm> terms;
  std::vector<uint32_t> grams;  // hashes of the letters, four at a time, sorted, each once
};

// Adds the wording's content terms to the lexicon.
Wording MakeWording(std::string_view text, Lexicon* lexicon);

// All shares are weighted, 0..1.
struct Alignment {
  double recall = 0;             // of the wording's terms
  double recall_discounted = 0;  // the same, words of the prompt counting little
  double pairs = 0;        // of neighbouring terms that the answer also has in this order, close together
  double near = 0;         // of terms up to three apart that it has close together in any order
  double reversed = 0;     // of neighbouring terms that it has close together in the other order
  double clash = 0;        // of what was matched: said of it with the other polarity
  double subsequence = 0;  // longest common subsequence, of the wording's terms
  double local = 0;  // the best recall (discounted) within two sentences of the answer that follow each other
  double numbers = 0;               // of its numbers; 1 if it has none
  double matched = 0;               // weight of the terms found, by their similarity
  double matched_new = 0;           // the same, without those of the prompt
  size_t common = 0;                // terms of the longest common subsequence
  std::vector<bool> found;          // by the wording's terms
  std::vector<uint32_t> positions;  // of the answer's content terms that were matched, in order, each once
};

Alignment Align(const Wording& wording, const Lexicon& lexicon, const Reading& reading);

}  // namespace ringside::theory
