// The content terms of one question: those of its reference points and misconceptions, each with its weight,
// and which of them an answer's term stands for, also when it is written or worded a little differently.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "evaluator/text/document.h"
#include "evaluator/theory/background.h"

namespace ringside::theory {

struct LexiconEntry {
  std::string key;
  std::string shown;      // as it was written first, in lower case
  double weight = 0;      // how much it says: 1 for a plain content word
  double discounted = 0;  // the same, less where the question gave the word away
  bool in_prompt = false;
  bool is_number = false;
};

// How an answer's term stands for an entry.
struct Standing {
  uint32_t entry = 0;
  float similarity = 0;   // 1: the same term
  bool opposite = false;  // an antonym: the same said of it is the contrary
};

// A content term: neither grammar nor a single letter that names nothing; "yes" and "no" where they stand
// alone.
bool IsContent(const text::Document& document, const text::Term& term);

// How much a content term says: 1 for a plain word, less for general ones ("use", "thing") and for what is
// common among the questions, more for a term of the field.
double TermWeight(const text::Term& term, const Background& background);

class Lexicon {
 public:
  explicit Lexicon(std::shared_ptr<const Background> background) : background_(std::move(background)) {}

  // Adds the term unless it is known.
  uint32_t Add(const text::Document& document, const text::Term& term);
  // Words of the prompt; before any Find.
  void GiveAway(const text::Document& prompt);

  // What the term of an answer stands for: exact first, else the nearest ones. Appends to `standings`.
  void Find(const text::Document& document, const text::Term& term, std::vector<Standing>* standings) const;

  const Background& background() const { return *background_; }
  bool InPrompt(const std::string& key) const { return prompt_keys_.contains(key); }
  const std::vector<LexiconEntry>& entries() const { return entries_; }

 private:
  std::shared_ptr<const Background> background_;
  void FindNear(std::string_view stem, float scale, std::vector<Standing>* standings) const;

  std::vector<LexiconEntry> entries_;
  std::unordered_map<std::string, uint32_t> by_key_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_part_;  // words of concepts of several words
  std::unordered_set<std::string> prompt_keys_;
};

}  // namespace ringside::theory
