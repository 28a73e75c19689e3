#include "evaluator/theory/lexicon.h"

#include <algorithm>
#include <iterator>

#include "evaluator/theory/general_words.h"
#include "evaluator/theory/related_words.h"
#include "evaluator/theory/similar_spelling.h"

namespace ringside::theory {
namespace {

constexpr double kGivenAway = 0.25;  // what a word of the prompt still counts
constexpr float kPartOfConcept = 0.5F;
constexpr float kNear = 0.75F;
constexpr float kOpposite = 0.75F;

bool IsYesOrNo(const text::Document& document, const text::Term& term) {
  const text::Token& token = document.tokens[term.tokens.begin];
  if (token.lower != "yes" && token.lower != "no") return false;
  const text::Range& clause = document.clauses[token.clause];
  return term.tokens.begin == 0 || clause.end - clause.begin == 1;
}

// Words of grammar that carry the relation of a statement.
constexpr std::string_view kRelationWords[] = {"above", "after", "all",  "before", "below", "between", "both",
                                               "each",  "every", "more", "most",   "only",  "same"};

bool IsRelationWord(std::string_view lower) {
  return std::binary_search(std::begin(kRelationWords), std::end(kRelationWords), lower);
}

}  // namespace

bool IsContent(const text::Document& document, const text::Term& term) {
  if (term.concept_id != text::kNoConcept) return true;
  if (!term.function_word) return true;
  return IsRelationWord(term.key) || IsYesOrNo(document, term);
}

double TermWeight(const text::Term& term, const Background& background) {
  const double common = background.Weight(term.key);
  if (term.concept_id != text::kNoConcept) return 1.2 * common;
  if (term.key[0] == '=') return 0.8 * common;
  if (IsRelationWord(term.key) || IsGeneralStem(term.key)) return (common < 1 ? 1.0 : 0.35) * common;
  return (term.key.size() == 1 ? 0.6 : 1.0) * common;
}

uint32_t Lexicon::Add(const text::Document& document, const text::Term& term) {
  const auto [known, added] = by_key_.emplace(term.key, static_cast<uint32_t>(entries_.size()));
  if (!added) return known->second;
  LexiconEntry entry;
  entry.key = term.key;
  for (uint32_t i = term.tokens.begin; i < term.tokens.end; ++i)
    entry.shown += (i > term.tokens.begin ? " " : "") + document.tokens[i].lower;
  entry.weight = entry.discounted = TermWeight(term, *background_);
  entry.is_number = term.key[0] == '=';
  entries_.push_back(std::move(entry));
  if (term.concept_id != text::kNoConcept && term.tokens.end - term.tokens.begin > 1) {
    for (uint32_t i = term.tokens.begin; i < term.tokens.end; ++i) {
      const text::Token& token = document.tokens[i];
      if (!token.function_word && token.kind == text::TokenKind::kWord)
        by_part_[token.stem].push_back(known->second);
    }
  }
  return known->second;
}

void Lexicon::GiveAway(const text::Document& prompt) {
  std::vector<Standing> standings;
  for (const text::Term& term : prompt.terms) {
    if (!IsContent(prompt, term)) continue;
    prompt_keys_.insert(term.key);
    standings.clear();
    Find(prompt, term, &standings);
    for (const Standing& standing : standings) {
      if (standing.similarity < 0.85F || standing.opposite) continue;
      LexiconEntry& entry = entries_[standing.entry];
      entry.in_prompt = true;
      entry.discounted = entry.weight * kGivenAway;
    }
  }
}

void Lexicon::Find(const text::Document& document, const text::Term& term,
                   std::vector<Standing>* standings) const {
  if (const auto known = by_key_.find(term.key); known != by_key_.end()) {
    standings->push_back({known->second, 1, false});
    return;
  }
  if (term.key[0] == '=') return;
  if (term.concept_id == text::kNoConcept) {
    FindNear(term.key, 1, standings);
    return;
  }
  for (uint32_t i = term.tokens.begin; i < term.tokens.end; ++i) {
    const text::Token& token = document.tokens[i];
    if (token.kind != text::TokenKind::kWord || token.function_word) continue;
    if (const auto known = by_key_.find(token.stem); known != by_key_.end()) {
      standings->push_back({known->second, 0.8F, false});
    } else {
      FindNear(token.stem, 0.8F, standings);
    }
  }
}

void Lexicon::FindNear(std::string_view stem, float scale, std::vector<Standing>* standings) const {
  if (const auto parts = by_part_.find(std::string(stem)); parts != by_part_.end())
    for (const uint32_t entry : parts->second) standings->push_back({entry, kPartOfConcept * scale, false});
  const RelatedWords& related = RelatedWords::BuiltIn();
  const bool may_be_related = related.Knows(stem);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    const std::string& key = entries_[i].key;
    if (key[0] == '#' || key[0] == '=') continue;
    if (const float similarity = SpellingSimilarity(stem, key); similarity > 0) {
      standings->push_back({i, similarity * scale, false});
      continue;
    }
    if (!may_be_related) continue;
    const Relation relation = related.Between(stem, key);
    if (relation == Relation::kNear) standings->push_back({i, kNear * scale, false});
    if (relation == Relation::kOpposite) standings->push_back({i, kOpposite * scale, true});
  }
}

}  // namespace ringside::theory
