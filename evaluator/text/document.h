// A text taken apart: tokens with their places in the original, terms that mean the same thing under one key,
// sentences, clauses, and what is said negatively. Plain values; everything is an index into `tokens` or a
// byte of the text that was given, which is not kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::text {

inline constexpr int32_t kNoConcept = -1;

enum class TokenKind : uint8_t {
  kWord,
  kNumber,
  kSymbol,  // one of = < > + * / ^ % ~, or × as "x" between numbers
};

struct Token {
  uint32_t begin = 0, end = 0;  // bytes of the text
  TokenKind kind = TokenKind::kWord;
  bool function_word = false;       // grammar rather than content: "the", "of", "is"
  bool enumerator = false;          // "1." or "b)" in front of an item: no content
  bool negator = false;             // opens a negation: "not", "without", "instead" (of)
  bool negated = false;             // lies in the scope of an odd number of negators
  bool capital = false;             // begins with a capital letter in the text
  int32_t concept_id = kNoConcept;  // of the field vocabulary; the same for all tokens of a term
  uint32_t sentence = 0, clause = 0;
  double number = 0;  // of kNumber
  std::string lower;  // lower case, typographic variants made one: "don't", "alpha" for α
  std::string stem;   // of words (Snowball English); else as `lower`
};

// Tokens [begin, end).
struct Range {
  uint32_t begin = 0, end = 0;
};

// What is compared between texts: a concept of the field vocabulary under any of its names, or one word.
// Enumerators and symbols are no terms.
struct Term {
  Range tokens;
  std::string key;  // "#all-reduce" for a concept, "=0.5" for a number, else the stem
  bool function_word = false;
  bool negated = false;  // of its last token
  int32_t concept_id = kNoConcept;
  uint32_t sentence = 0, clause = 0;
};

struct Document {
  std::vector<Token> tokens;
  std::vector<Term> terms;
  std::vector<Range> sentences;  // they cover all tokens, in order
  std::vector<Range> clauses;    // the same, finer
  bool cut = false;              // longer than a limit of analyze.h: the rest was not looked at
  uint32_t invalid_bytes = 0;    // bytes that are no UTF-8; they separate words
};

}  // namespace ringside::text
