#include "evaluator/claims/lexemes.h"

#include <cmath>

#include "evaluator/text/utf8.h"

namespace ringside::claims {
namespace {

char SignOf(char32_t c) {
  switch (c) {
    case '(':
    case '[':
      return '(';
    case ')':
    case ']':
      return ')';
    case ',':
    case ';':
    case ':':
    case '$':
    case '?':
    case '-':
      return static_cast<char>(c);
    case '"':
    case U'\u201C':
    case U'\u201D':
    case U'\u00AB':
    case U'\u00BB':
      return '"';
    case U'\u2212':
    case U'\u2013':
      return '-';
    case U'\u2014':
      return ';';
    case U'\u2248':
    case U'\u2243':
      return '~';
    case U'\u00B7':
    case U'\u22C5':
      return '*';
    case U'\u00F7':
      return '/';
    case U'\u2192':
      return 'a';
    default:
      return 0;
  }
}

// Of the last digit of a number as it is written: "8.60" is 0.01, "524,288" and "80" are 1, "1.5e3" is 100.
double StepOf(std::string_view plain) {
  double step = 1;
  const size_t e = plain.find_first_of("eE");
  const std::string_view mantissa = plain.substr(0, e);
  const size_t dot = mantissa.find('.');
  if (dot != std::string_view::npos) step = std::pow(10.0, -static_cast<double>(mantissa.size() - dot - 1));
  if (e != std::string_view::npos) {
    double exponent = 0;
    bool negative = false;
    for (const char c : plain.substr(e + 1)) {
      if (c == '-') negative = true;
      if (c >= '0' && c <= '9') exponent = 10 * exponent + (c - '0');
    }
    step *= std::pow(10.0, negative ? -exponent : exponent);
  }
  return step;
}

bool IsBlankByte(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Builder {
 public:
  Builder(std::string_view text, const text::Document& document) : text_(text), doc_(document) {}

  std::vector<SentenceLexemes> Build() {
    std::vector<SentenceLexemes> sentences(doc_.sentences.size());
    uint32_t at = 0;
    for (size_t s = 0; s < doc_.sentences.size(); ++s) {
      const text::Range range = doc_.sentences[s];
      SentenceLexemes& out = sentences[s];
      out.lexemes.reserve(2 * (range.end - range.begin));
      for (uint32_t i = range.begin; i < range.end; ++i) {
        const text::Token& token = doc_.tokens[i];
        // What lies before the first token belongs to it only where it opens something.
        if (i > range.begin || s == 0) Gap(at, token.begin, &out);
        if (i == range.begin && s > 0) Opening(at, token.begin, &out);
        AddToken(token, &out);
        at = token.end;
      }
      const uint32_t next = s + 1 < doc_.sentences.size() && doc_.sentences[s + 1].begin < doc_.tokens.size()
                                ? doc_.tokens[doc_.sentences[s + 1].begin].begin
                                : static_cast<uint32_t>(text_.size());
      Closing(at, next, &out);
    }
    return sentences;
  }

 private:
  bool GluedAt(uint32_t begin) const { return begin > 0 && !IsBlankByte(text_[begin - 1]); }

  void AddSign(char sign, uint32_t begin, uint32_t end, SentenceLexemes* out) {
    Lexeme lexeme;
    lexeme.kind = LexKind::kSign, lexeme.sign = sign;
    lexeme.begin = begin, lexeme.end = end, lexeme.glued = GluedAt(begin);
    out->lexemes.push_back(lexeme);
  }

  void Gap(uint32_t from, uint32_t to, SentenceLexemes* out) {
    for (uint32_t at = from; at < to;) {
      const text::CodePoint c = text::DecodeAt(text_, at);
      const auto next = at + static_cast<uint32_t>(c.bytes);
      const char sign = c.valid ? SignOf(c.value) : 0;
      if (sign != 0 && !(sign == '-' && JoinsWords(at, next))) AddSign(sign, at, next, out);
      at = next;
    }
  }
  // Of what lies between two sentences: quotes and brackets that close, a question mark.
  void Closing(uint32_t from, uint32_t to, SentenceLexemes* out) {
    for (uint32_t at = from; at < to;) {
      const text::CodePoint c = text::DecodeAt(text_, at);
      if (c.value == '?') out->question = true;
      const char sign = c.valid ? SignOf(c.value) : 0;
      const auto next = at + static_cast<uint32_t>(c.bytes);
      if (IsBlankByte(text_[at])) break;
      if (sign == '"' || sign == ')') AddSign(sign, at, next, out);
      at = next;
    }
  }
  void Opening(uint32_t from, uint32_t to, SentenceLexemes* out) {
    uint32_t at = to;
    while (at > from && !IsBlankByte(text_[at - 1])) --at;
    if (at > from || from == 0) Gap(at, to, out);
  }

  // A hyphen inside of a word, or between a number and a word ("8-way", "ZeRO-3").
  bool JoinsWords(uint32_t at, uint32_t next) const {
    if (at == 0 || next >= text_.size()) return false;
    const auto letter = [&](uint32_t i) {
      const auto c = static_cast<unsigned char>(text_[i]);
      return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    };
    const auto digit = [&](uint32_t i) { return text_[i] >= '0' && text_[i] <= '9'; };
    const bool before = letter(at - 1), after = letter(next);
    if (before && after) {
      const bool one_before = at < 2 || !letter(at - 2),
                 one_after = next + 1 >= text_.size() || !letter(next + 1);
      return !(one_before && one_after);
    }
    if (digit(at - 1) && after) return true;
    return before && digit(next) && at >= 2 && letter(at - 2);
  }

  // Words that end in digits come apart where the letters are an axis: "tp8".
  void AddToken(const text::Token& token, SentenceLexemes* out) {
    Lexeme lexeme;
    lexeme.begin = token.begin, lexeme.end = token.end, lexeme.glued = GluedAt(token.begin);
    lexeme.negated = token.negated, lexeme.negator = token.negator;
    lexeme.lower = token.lower, lexeme.stem = token.stem;
    if (token.kind == text::TokenKind::kNumber) {
      lexeme.kind = LexKind::kNumber;
      lexeme.number = token.number;
      lexeme.step = StepOf(token.lower);
    } else if (token.kind == text::TokenKind::kSymbol) {
      lexeme.kind = LexKind::kSign;
      lexeme.sign = token.lower == "x" ? '*' : token.lower[0];
    } else {
      if (lexeme.lower.ends_with("'s")) {
        lexeme.lower.remove_suffix(2);
        if (lexeme.stem.ends_with("'s")) lexeme.stem.remove_suffix(2);
      }
      if (SplitAxis(lexeme, out)) return;
    }
    out->lexemes.push_back(lexeme);
  }

  static bool SplitAxis(const Lexeme& word, SentenceLexemes* out) {
    static constexpr std::string_view kAxes[] = {"tp", "dp", "pp", "cp", "ep", "mb", "zero", "stage"};
    for (const std::string_view axis : kAxes) {
      if (!word.lower.starts_with(axis) || word.lower.size() == axis.size() ||
          word.lower.size() > axis.size() + 6) {
        continue;
      }
      double number = 0;
      for (const char c : word.lower.substr(axis.size())) {
        if (c < '0' || c > '9') return false;
        number = 10 * number + (c - '0');
      }
      Lexeme first = word, second = word;
      first.end = word.begin + static_cast<uint32_t>(axis.size());
      first.lower = first.stem = word.lower.substr(0, axis.size());
      second.begin = first.end, second.kind = LexKind::kNumber, second.number = number, second.step = 1;
      second.glued = true;
      out->lexemes.push_back(first);
      out->lexemes.push_back(second);
      return true;
    }
    return false;
  }

  const std::string_view text_;
  const text::Document& doc_;
};

}  // namespace

std::vector<SentenceLexemes> LexemesOf(std::string_view text, const text::Document& document) {
  return Builder(text, document).Build();
}

}  // namespace ringside::claims
