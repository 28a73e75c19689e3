// An answer as one question reads it: its content terms in order, and where each term of the question's
// lexicon occurs in it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evaluator/text/document.h"
#include "evaluator/theory/lexicon.h"

namespace ringside::theory {

struct ContentTerm {
  uint32_t term = 0;  // index into document.terms
  uint32_t sentence = 0;
  float weight = 0;
  float similarity = 0;  // of its nearest entry of the lexicon; 0: it stands for none
  bool in_prompt = false;
  bool negated = false;
  uint16_t negators = 0;  // in its clause
};

struct Occurrence {
  uint32_t position = 0;  // index into Reading::content
  float similarity = 0;
  bool opposite = false;
};

struct Reading {
  text::Document document;
  std::vector<bool> struck;  // by token
  std::vector<ContentTerm> content;
  std::vector<std::vector<Occurrence>>
      occurrences;  // by entry of the lexicon, in order; the first kMaxOccurrences
  double mass = 0;  // sum of the weights
};

// By clause: how many negators stand in it.
std::vector<uint16_t> NegatorsByClause(const text::Document& document);

inline constexpr size_t kMaxOccurrences = 24;

// Terms of struck tokens (screening.h) are passed over.
Reading Read(text::Document answer, const std::vector<bool>& struck, const Lexicon& lexicon);

}  // namespace ringside::theory
