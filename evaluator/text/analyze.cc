#include "evaluator/text/analyze.h"

#include <fmt/format.h>

#include "evaluator/text/polarity.h"
#include "evaluator/text/stemmer.h"
#include "evaluator/text/tokenizer.h"
#include "evaluator/text/utf8.h"
#include "evaluator/text/vocabulary.h"
#include "evaluator/text/word_lists.h"

namespace ringside::text {
namespace {

constexpr size_t kLookBack = 256;

std::string_view Cut(std::string_view text) {
  text = text.substr(0, kMaxBytes);
  for (size_t back = 1; back <= kLookBack; ++back)
    if (IsBlank(static_cast<unsigned char>(text[text.size() - back])))
      return text.substr(0, text.size() - back);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

void Stem(Document* document) {
  Stemmer stemmer;
  for (Token& token : document->tokens) {
    token.function_word = token.kind == TokenKind::kWord && IsFunctionWord(token.lower);
    token.stem =
        token.kind == TokenKind::kWord && !token.function_word ? stemmer.Stem(token.lower) : token.lower;
  }
}

void AddTerm(Range tokens, std::string key, Document* document) {
  const Token& last = document->tokens[tokens.end - 1];
  document->terms.push_back({tokens, std::move(key), last.function_word && tokens.end - tokens.begin == 1,
                             last.negated, last.concept_id, last.sentence, last.clause});
}

void MakeTerms(std::string_view text, const Vocabulary& vocabulary, Document* document) {
  const auto count = static_cast<uint32_t>(document->tokens.size());
  for (uint32_t i = 0; i < count;) {
    const Token& token = document->tokens[i];
    if (token.kind == TokenKind::kSymbol || token.enumerator) {
      ++i;
      continue;
    }
    const Vocabulary::Match match = vocabulary.Find(*document, i, text);
    if (match.tokens > 0) {
      for (uint32_t j = i; j < i + match.tokens; ++j) document->tokens[j].concept_id = match.concept_id;
      AddTerm({i, i + match.tokens}, "#" + vocabulary.Name(match.concept_id), document);
      i += match.tokens;
    } else {
      AddTerm({i, i + 1}, token.kind == TokenKind::kNumber ? fmt::format("={:g}", token.number) : token.stem,
              document);
      ++i;
    }
  }
}

}  // namespace

Document Analyze(std::string_view text) {
  Document document;
  const bool cut = text.size() > kMaxBytes;
  if (cut) text = Cut(text);
  Tokenize(text, &document);
  document.cut |= cut;
  Stem(&document);
  MarkPolarity(&document);
  MakeTerms(text, Vocabulary::BuiltIn(), &document);
  return document;
}

}  // namespace ringside::text
