#include "evaluator/theory/related_words.h"

#include <fmt/format.h>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "evaluator/text/stemmer.h"
#include "evaluator/theory/embedded_related_words.h"

namespace ringside::theory {

absl::StatusOr<RelatedWords> RelatedWords::Parse(std::string_view data) {
  RelatedWords words;
  text::Stemmer stemmer;
  int32_t line_number = 0;
  for (absl::string_view whole : absl::StrSplit(absl::string_view(data.data(), data.size()), '\n')) {
    ++line_number;
    const absl::string_view line = absl::StripAsciiWhitespace(whole);
    if (line.empty() || line[0] == '#') continue;
    const std::vector<absl::string_view> sides = absl::StrSplit(line, '|');
    if (sides.size() > 2)
      return absl::InvalidArgumentError(
          fmt::format("related words, line {}: more than one \"|\"", line_number));
    for (size_t side = 0; side < sides.size(); ++side) {
      for (absl::string_view part : absl::StrSplit(sides[side], ',')) {
        const absl::string_view word = absl::StripAsciiWhitespace(part);
        if (word.empty())
          return absl::InvalidArgumentError(
              fmt::format("related words, line {}: an empty word", line_number));
        words.groups_[stemmer.Stem({word.data(), word.size()})].push_back(side == 0 ? line_number
                                                                                    : -line_number);
      }
    }
  }
  return words;
}

const RelatedWords& RelatedWords::BuiltIn() {
  static const RelatedWords words = [] {
    auto parsed = Parse(kEmbeddedRelatedWords);
    if (!parsed.ok()) CheckFailed(__FILE__, __LINE__, parsed.status().ToString().c_str());
    return *std::move(parsed);
  }();
  return words;
}

Relation RelatedWords::Between(std::string_view a, std::string_view b) const {
  const auto left = groups_.find(std::string(a));
  if (left == groups_.end()) return Relation::kNone;
  const auto right = groups_.find(std::string(b));
  if (right == groups_.end()) return Relation::kNone;
  Relation relation = Relation::kNone;
  for (const int32_t x : left->second) {
    for (const int32_t y : right->second) {
      if (x == y) return Relation::kNear;
      if (x == -y) relation = Relation::kOpposite;
    }
  }
  return relation;
}

}  // namespace ringside::theory
