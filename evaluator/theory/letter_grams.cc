#include "evaluator/theory/letter_grams.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "evaluator/theory/lexicon.h"

namespace ringside::theory {

std::vector<uint32_t> LetterGrams(const text::Document& document, const std::vector<bool>& struck) {
  std::vector<uint32_t> grams;
  std::string padded;
  for (const text::Term& term : document.terms) {
    if (!struck.empty() && struck[term.tokens.begin]) continue;
    if (!IsContent(document, term)) continue;
    for (uint32_t i = term.tokens.begin; i < term.tokens.end; ++i) {
      padded = " " + document.tokens[i].lower + " ";
      for (size_t at = 0; at + 4 <= padded.size() || at == 0; ++at) {
        uint32_t hash = 2166136261U;  // FNV-1a
        for (size_t k = at; k < std::min(at + 4, padded.size()); ++k)
          hash = (hash ^ static_cast<unsigned char>(padded[k])) * 16777619U;
        grams.push_back(hash);
      }
    }
  }
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
}

namespace {

size_t Common(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] < b[j]) {
      ++i;
    } else if (a[i] > b[j]) {
      ++j;
    } else {
      ++common, ++i, ++j;
    }
  }
  return common;
}

}  // namespace

double GramSimilarity(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  if (a.empty() || b.empty()) return 0;
  return static_cast<double>(Common(a, b)) /
         std::sqrt(static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

double GramRecall(const std::vector<uint32_t>& answer, const std::vector<uint32_t>& reference) {
  return reference.empty()
             ? 0
             : static_cast<double>(Common(answer, reference)) / static_cast<double>(reference.size());
}

}  // namespace ringside::theory
