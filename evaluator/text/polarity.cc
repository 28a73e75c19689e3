#include "evaluator/text/polarity.h"

#include <string_view>

#include "evaluator/text/word_lists.h"

namespace ringside::text {
namespace {

class Polarity {
 public:
  explicit Polarity(Document* document) : doc_(*document) {}

  void Mark() {
    for (const Range& sentence : doc_.sentences) {
      bool whole_sentence = false;
      bool negated = false;
      uint32_t clause = 0;
      for (uint32_t i = sentence.begin; i < sentence.end; ++i) {
        Token& token = doc_.tokens[i];
        if (i == sentence.begin || token.clause != clause) negated = false;
        clause = token.clause;
        token.negated = negated != whole_sentence;
        if (!Negates(i)) continue;
        token.negator = true;
        if (DeniesSentence(i)) {
          whole_sentence = !whole_sentence;
        } else {
          negated = !negated;
        }
      }
    }
  }

 private:
  std::string_view At(uint32_t i, int offset) const {
    const int64_t at = static_cast<int64_t>(i) + offset;
    if (at < 0 || at >= static_cast<int64_t>(doc_.tokens.size())) return {};
    const Token& token = doc_.tokens[static_cast<size_t>(at)];
    return token.sentence == doc_.tokens[i].sentence ? std::string_view(token.lower) : std::string_view();
  }

  bool Negates(uint32_t i) const {
    const std::string_view word = doc_.tokens[i].lower;
    const std::string_view next = At(i, 1);
    if (word == "instead") return next == "of";
    if (word == "rather") return next == "than";
    if (word == "fail" || word == "fails" || word == "failed" || word == "failing") return next == "to";
    if (word == "absence") return next == "of";
    if (word == "false" || word == "incorrect" || word == "wrong" || word == "untrue") return next == "that";
    if (!IsNegator(word)) return false;
    if (word == "not") {
      if (next == "only" || next == "just" || next == "merely" || next == "simply") return false;
      if (At(i, -1) == "or" && At(i, -2) == "whether") return false;
      if (next == "to" && At(i, 2) == "mention") return false;
    }
    if (word == "no" && (next == "doubt" || next == "matter")) return false;
    if (word == "nothing" && next == "but") return false;
    return true;
  }

  // "not true that", "not the case that", "false that"
  bool DeniesSentence(uint32_t i) const {
    if (doc_.tokens[i].lower != "not") return At(i, 1) == "that" && doc_.tokens[i].lower != "no";
    const std::string_view next = At(i, 1);
    if (next == "true" || next == "correct" || next == "right") return At(i, 2) == "that";
    return next == "the" && At(i, 2) == "case" && At(i, 3) == "that";
  }

  Document& doc_;
};

}  // namespace

void MarkPolarity(Document* document) {
  Polarity(document).Mark();
}

}  // namespace ringside::text
