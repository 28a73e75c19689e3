#include "evaluator/theory/reading.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace ringside::theory {

std::vector<uint16_t> NegatorsByClause(const text::Document& document) {
  std::vector<uint16_t> negators(document.clauses.size(), 0);
  for (const text::Token& token : document.tokens)
    if (token.negator && negators[token.clause] < 0xFFFF) ++negators[token.clause];
  return negators;
}

Reading Read(text::Document answer, const std::vector<bool>& struck, const Lexicon& lexicon) {
  Reading reading;
  reading.document = std::move(answer);
  reading.struck = struck;
  reading.occurrences.resize(lexicon.entries().size());
  const std::vector<uint16_t> negators = NegatorsByClause(reading.document);
  // A word is looked up once, however often it is said.
  std::unordered_map<std::string_view, std::vector<Standing>> known;
  for (uint32_t i = 0; i < reading.document.terms.size(); ++i) {
    const text::Term& term = reading.document.terms[i];
    if (struck[term.tokens.begin] || !IsContent(reading.document, term)) continue;
    const auto [found, added] = known.try_emplace(term.key);
    if (added) lexicon.Find(reading.document, term, &found->second);
    ContentTerm content;
    content.term = i;
    content.sentence = term.sentence;
    content.weight = static_cast<float>(TermWeight(term, lexicon.background()));
    content.in_prompt = lexicon.InPrompt(term.key);
    content.negated = term.negated;
    content.negators = negators[term.clause];
    const auto position = static_cast<uint32_t>(reading.content.size());
    for (const Standing& standing : found->second) {
      content.similarity = std::max(content.similarity, standing.similarity);
      std::vector<Occurrence>& places = reading.occurrences[standing.entry];
      if (places.size() < kMaxOccurrences)
        places.push_back({position, standing.similarity, standing.opposite});
    }
    reading.mass += content.weight;
    reading.content.push_back(content);
  }
  return reading;
}

}  // namespace ringside::theory
