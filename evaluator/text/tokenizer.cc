#include "evaluator/text/tokenizer.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "evaluator/text/analyze.h"
#include "evaluator/text/utf8.h"
#include "evaluator/text/word_lists.h"

namespace ringside::text {
namespace {

constexpr std::string_view kJoiningPrefixes[] = {"anti",  "auto",  "bi",   "co",    "de",   "hyper", "inter",
                                                 "intra", "micro", "mini", "non",   "over", "pre",   "re",
                                                 "semi",  "sub",   "un",   "under", "uni"};

class Tokenizer {
 public:
  Tokenizer(std::string_view text, Document* document) : text_(text), doc_(*document) {}

  void Run() {
    while (at_ < text_.size()) {
      if (doc_.tokens.size() >= kMaxTokens) {
        doc_.cut = true;
        break;
      }
      Step();
    }
    Close();
  }

 private:
  CodePoint Here() const { return DecodeAt(text_, at_); }
  char32_t Peek(size_t ahead) const {  // ASCII look-ahead; 0 behind the end
    return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : 0;
  }
  bool BlankAt(size_t ahead) const {
    return at_ + ahead >= text_.size() || IsBlank(DecodeAt(text_, at_ + ahead).value);
  }
  bool BlankBefore() const { return at_ == 0 || IsBlank(static_cast<unsigned char>(text_[at_ - 1])); }
  bool InSentence() const { return !sentence_break_ && !doc_.tokens.empty(); }

  void Step() {
    const CodePoint c = Here();
    if (!c.valid) {
      ++doc_.invalid_bytes;
      ++at_;
    } else if (!WordForSign(Lower(c.value)).empty()) {
      Token& token = Add(TokenKind::kWord, c.bytes);
      token.lower = WordForSign(Lower(c.value));
    } else if (IsLetter(c.value)) {
      Word();
    } else if (IsDigit(c.value) || (c.value == '-' && IsDigit(Peek(1)) && NegativeNumberMayBegin())) {
      Number();
    } else if (c.value == '\n') {
      LineEnd();
    } else {
      Mark(c);
    }
  }

  Token& Add(TokenKind kind, size_t bytes) {
    Token token;
    token.begin = static_cast<uint32_t>(at_);
    token.end = static_cast<uint32_t>(at_ + bytes);
    token.kind = kind;
    if (sentence_break_ || doc_.tokens.empty()) {
      EndSentence();
      BeginSentence();
    } else if (clause_break_) {
      BeginClause();
    }
    sentence_break_ = clause_break_ = false;
    token.sentence = static_cast<uint32_t>(doc_.sentences.size() - 1);
    token.clause = static_cast<uint32_t>(doc_.clauses.size() - 1);
    at_ += bytes;
    doc_.tokens.push_back(std::move(token));
    return doc_.tokens.back();
  }

  uint32_t Count() const { return static_cast<uint32_t>(doc_.tokens.size()); }
  void EndSentence() {
    if (!doc_.sentences.empty()) doc_.sentences.back().end = Count();
    if (!doc_.clauses.empty()) doc_.clauses.back().end = Count();
  }
  void BeginSentence() {
    doc_.sentences.push_back({Count(), Count()});
    doc_.clauses.push_back({Count(), Count()});
  }
  void BeginClause() {
    doc_.clauses.back().end = Count();
    doc_.clauses.push_back({Count(), Count()});
  }
  void Close() { EndSentence(); }

  // "1." "2)" "b)" at the begin of a sentence, or with the bracket anywhere behind a blank.
  bool EnumeratorEndsAt(size_t ahead, bool first) const {
    const char32_t mark = Peek(ahead);
    return (mark == ')' || (mark == '.' && first)) && (BlankAt(ahead + 1) || IsLetter(Peek(ahead + 1)));
  }

  void Word() {
    const bool blank_before = BlankBefore();
    const bool first = !InSentence();
    std::string lower;
    const size_t begin = at_;
    size_t end = at_;
    const bool capital = Here().value != Lower(Here().value);
    while (end < text_.size()) {
      const CodePoint c = DecodeAt(text_, end);
      if (c.valid && (IsLetter(c.value) || IsDigit(c.value)) && WordForSign(Lower(c.value)).empty()) {
        AppendUtf8(Lower(c.value), &lower);
        end += c.bytes;
        continue;
      }
      const CodePoint next = end + c.bytes < text_.size() ? DecodeAt(text_, end + c.bytes) : CodePoint{};
      const bool letter_next = next.valid && IsLetter(next.value);
      if ((c.value == '\'' || c.value == U'\u2019') && letter_next) {
        lower += '\'';
      } else if (c.value == '-' && letter_next && Joins(lower)) {
        // the hyphen goes
      } else if (c.value == '.' && letter_next && (lower.size() == 1 || lower[lower.size() - 2] == '.') &&
                 end + c.bytes + next.bytes < text_.size() && text_[end + c.bytes + next.bytes] == '.') {
        lower += '.';  // e.g., i.e.
      } else {
        break;
      }
      end += c.bytes;
    }
    const bool enumerator = end - begin == 1 && blank_before && text_[begin] < 'j' && [&] {
      const char mark = end < text_.size() ? text_[end] : ' ';
      return mark == ')' && (end + 1 >= text_.size() || IsBlank(static_cast<unsigned char>(text_[end + 1])));
    }();
    if (enumerator && !first) sentence_break_ = true;
    if (!enumerator && OpensClause(lower)) clause_break_ = true;
    Token& token = Add(TokenKind::kWord, end - begin);
    token.lower = std::move(lower);
    token.enumerator = enumerator;
    token.capital = capital;
    if (enumerator) ++at_;
  }

  static bool Joins(std::string_view prefix) {
    return std::binary_search(std::begin(kJoiningPrefixes), std::end(kJoiningPrefixes), prefix);
  }

  bool NegativeNumberMayBegin() const {
    if (at_ == 0) return true;
    const char before = text_[at_ - 1];
    if (before == '(' || before == '=' || before == '^') return true;
    return IsBlank(static_cast<unsigned char>(before)) && InSentence() &&
           doc_.tokens.back().kind != TokenKind::kNumber;
  }

  void Number() {
    size_t end = at_ + (text_[at_] == '-' ? 1 : 0);
    const auto digits_from = [&](size_t from) {
      size_t n = 0;
      while (from + n < text_.size() && IsDigit(static_cast<unsigned char>(text_[from + n]))) ++n;
      return n;
    };
    std::string plain(text_.substr(at_, end - at_));
    const auto take = [&](size_t n) {
      plain.append(text_.substr(end, n));
      end += n;
    };
    take(digits_from(end));
    while (end < text_.size() && text_[end] == ',' && digits_from(end + 1) == 3 && plain != "0") {
      ++end;
      take(3);
    }
    if (end < text_.size() && digits_from(end + 1) > 0 &&
        (text_[end] == '.' || (text_[end] == ',' && (plain == "0" || plain == "-0")))) {
      plain += '.';
      ++end;
      take(digits_from(end));
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const size_t sign = end + 1 < text_.size() && (text_[end + 1] == '-' || text_[end + 1] == '+') ? 1 : 0;
      const size_t digits = digits_from(end + 1 + sign);
      if (digits > 0 && digits <= 3) take(1 + sign + digits);
    }
    const bool blank_before = BlankBefore();
    const bool first = !InSentence();
    const size_t length = end - at_;
    const bool enumerator =
        blank_before && length <= 2 && text_[at_] != '-' && EnumeratorEndsAt(length, first);
    if (enumerator && !first) sentence_break_ = true;
    Token& token = Add(TokenKind::kNumber, length);
    token.number = std::strtod(plain.c_str(), nullptr);
    token.lower = std::move(plain);
    token.enumerator = enumerator;
    if (enumerator) ++at_;
  }

  // A line end means something before an empty line, an item of a list, and a capital letter.
  void LineEnd() {
    size_t next = at_ + 1;
    bool empty_line = false;
    while (next < text_.size() && IsBlank(static_cast<unsigned char>(text_[next]))) {
      empty_line |= text_[next] == '\n';
      ++next;
    }
    at_ = next;
    if (next >= text_.size()) return;
    const CodePoint c = Here();
    const bool item = c.value == '-' || c.value == '*' || c.value == '+' || IsDigit(c.value);
    if (empty_line || item || Lower(c.value) != c.value) sentence_break_ = true;
    if (c.value == '-' || c.value == '*' || c.value == '+') ++at_;
  }

  void Mark(const CodePoint& c) {
    switch (c.value) {
      case '.':
        FullStop();
        break;
      case '!':
      case '?':
        sentence_break_ = InSentence();
        break;
      case '|':
        if (Peek(1) == '|') sentence_break_ = true;
        break;
      case ',':
      case ';':
      case ':':
      case U'\u2013':
      case U'\u2014':
      case U'\u2192':
        clause_break_ = true;
        break;
      case '(':
      case '[':
        if (BlankBefore()) {
          clause_break_ = true;
          ++open_;
        } else {
          ++inner_;
        }
        break;
      case ')':
      case ']':
        if (inner_ > 0) {
          --inner_;
        } else if (open_ > 0) {
          --open_;
          clause_break_ = true;
        }
        break;
      case U'\u2022':
      case U'\u25CF':
      case U'\u25CB':
        sentence_break_ = true;
        break;
      case '-':
        if (Peek(1) == '>') {
          clause_break_ = true;
          ++at_;
        } else if (BlankBefore() && BlankAt(1)) {
          clause_break_ = true;
        }
        break;
      case '=':
      case '<':
      case '>':
      case '+':
      case '*':
      case '/':
      case '^':
      case '~':
      case '%':
        Add(TokenKind::kSymbol, 1).lower = static_cast<char>(c.value);
        return;
      case U'\u00D7':
        Add(TokenKind::kSymbol, c.bytes).lower = "x";
        return;
      case U'\u2264':
        Add(TokenKind::kSymbol, c.bytes).lower = "<";
        return;
      case U'\u2265':
        Add(TokenKind::kSymbol, c.bytes).lower = ">";
        return;
      case U'\u00B2':
      case U'\u00B3': {
        Token& token = Add(TokenKind::kNumber, c.bytes);
        token.number = c.value == U'\u00B2' ? 2 : 3;
        token.lower = c.value == U'\u00B2' ? "2" : "3";
        return;
      }
      default:
        break;
    }
    at_ += c.bytes;
  }

  void FullStop() {
    if (!InSentence()) return;
    const std::string& last = doc_.tokens.back().lower;
    const bool abbreviation = doc_.tokens.back().end == at_ && IsAbbreviation(last);
    const char32_t next = Peek(1);
    const bool ends = BlankAt(1) || next == '"' || next == ')' || next == '\'' || next == '.' ||
                      (next >= 'A' && next <= 'Z' && last.size() > 1);
    if (ends && !abbreviation) sentence_break_ = true;
  }

  const std::string_view text_;
  Document& doc_;
  size_t at_ = 0;
  bool sentence_break_ = true, clause_break_ = false;
  int open_ = 0, inner_ = 0;  // parentheses behind a blank, and those of f(x)
};

}  // namespace

void Tokenize(std::string_view text, Document* document) {
  Tokenizer(text, document).Run();
}

}  // namespace ringside::text
