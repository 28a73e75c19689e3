// The tokens of a text (text/document.h) as the quantity grammar reads them: with the signs that lie between
// them (brackets, commas, minus, currency, question marks), and with what numbers look like ("8.60": to the
// hundredth).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evaluator/text/document.h"

namespace ringside::claims {

enum class LexKind : uint8_t { kWord, kNumber, kSign };

struct Lexeme {
  LexKind kind = LexKind::kWord;
  uint32_t begin = 0, end = 0;   // bytes of the text
  std::string_view lower, stem;  // of words: into the document
  char sign = 0;                 // of signs: = < > + - * / ^ % ~ ( ) , ; : $ ? " and '>' for an arrow: 'a'
  double number = 0;
  double step = 0;     // of the last digit that is given
  bool glued = false;  // no blank before it
  bool negated = false, negator = false;

  bool Is(std::string_view word) const { return kind == LexKind::kWord && lower == word; }
  bool IsSign(char c) const { return kind == LexKind::kSign && sign == c; }
};

// One sentence. Views into `text` and `document`.
struct SentenceLexemes {
  std::vector<Lexeme> lexemes;
  bool question = false;
};
std::vector<SentenceLexemes> LexemesOf(std::string_view text, const text::Document& document);

}  // namespace ringside::claims
