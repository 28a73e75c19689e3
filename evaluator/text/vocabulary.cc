#include "evaluator/text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "evaluator/text/embedded_vocabulary.h"
#include "evaluator/text/stemmer.h"
#include "evaluator/text/tokenizer.h"
#include "evaluator/text/word_lists.h"

namespace ringside::text {
namespace {

std::vector<std::string> StemsOf(std::string_view name, Stemmer* stemmer) {
  Document document;
  Tokenize(name, &document);
  std::vector<std::string> stems;
  for (const Token& token : document.tokens) {
    if (token.kind == TokenKind::kSymbol) continue;
    const bool plain = token.kind != TokenKind::kWord || IsFunctionWord(token.lower);
    stems.push_back(plain ? token.lower : stemmer->Stem(token.lower));
  }
  return stems;
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Parse(std::string_view data) {
  Vocabulary vocabulary;
  Stemmer stemmer;
  std::map<std::string, int32_t> owner;  // a name as it is compared -> its term
  int line_number = 0;
  for (absl::string_view whole : absl::StrSplit(absl::string_view(data.data(), data.size()), '\n')) {
    ++line_number;
    const absl::string_view line = absl::StripAsciiWhitespace(whole);
    if (line.empty() || line[0] == '#') continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const auto concept_id = static_cast<int32_t>(vocabulary.names_.size());
    vocabulary.names_.emplace_back(absl::StripSuffix(parts.first, ":"));
    std::vector<absl::string_view> forms = {absl::StripSuffix(parts.first, ":")};
    if (!parts.second.empty())
      for (absl::string_view form : absl::StrSplit(parts.second, ", ")) forms.push_back(form);
    for (absl::string_view form : forms) {
      Form entry;
      entry.concept_id = concept_id;
      const absl::string_view name = absl::StripSuffix(form, "!");
      if (name.size() != form.size()) entry.exact = std::string(name);
      entry.stems = StemsOf({name.data(), name.size()}, &stemmer);
      if (entry.stems.empty())
        return absl::InvalidArgumentError(
            fmt::format("vocabulary, line {}: a name without words", line_number));
      const std::string as_compared = absl::StrJoin(entry.stems, " ") + "!" + entry.exact;
      const auto [known, added] = owner.emplace(as_compared, concept_id);
      if (!added && known->second != concept_id)
        return absl::InvalidArgumentError(fmt::format("vocabulary, line {}: \"{}\" is also a name of \"{}\"",
                                                      line_number, std::string_view(name.data(), name.size()),
                                                      vocabulary.names_[static_cast<size_t>(known->second)]));
      if (added) vocabulary.forms_[entry.stems[0]].push_back(std::move(entry));
    }
  }
  for (auto& [first, forms] : vocabulary.forms_)
    std::stable_sort(forms.begin(), forms.end(),
                     [](const Form& a, const Form& b) { return a.stems.size() > b.stems.size(); });
  return vocabulary;
}

const Vocabulary& Vocabulary::BuiltIn() {
  static const Vocabulary vocabulary = [] {
    auto parsed = Parse(kEmbeddedVocabulary);
    if (!parsed.ok()) CheckFailed(__FILE__, __LINE__, parsed.status().ToString().c_str());
    return *std::move(parsed);
  }();
  return vocabulary;
}

Vocabulary::Match Vocabulary::Find(const Document& document, uint32_t first, std::string_view text) const {
  const Token& begin = document.tokens[first];
  const auto known = forms_.find(begin.stem);
  if (known == forms_.end()) return {};
  const auto count = static_cast<uint32_t>(document.tokens.size());
  for (const Form& form : known->second) {
    uint32_t at = first + 1;
    size_t matched = 1;
    while (matched < form.stems.size() && at < count && document.tokens[at].clause == begin.clause) {
      const Token& token = document.tokens[at];
      if (token.kind == TokenKind::kSymbol && (token.lower == "/" || token.lower == "^")) {
        ++at;
        continue;
      }
      if (token.stem != form.stems[matched]) break;
      ++matched;
      ++at;
    }
    if (matched < form.stems.size()) continue;
    if (!form.exact.empty() &&
        text.substr(begin.begin, document.tokens[at - 1].end - begin.begin) != form.exact) {
      continue;
    }
    return {form.concept_id, at - first};
  }
  return {};
}

}  // namespace ringside::text
