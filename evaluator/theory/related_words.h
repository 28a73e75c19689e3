// General English words that answers exchange for one another, and their opposites, from
// data/related_words.txt, which is compiled in and says its own format. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"

namespace ringside::theory {

enum class Relation : uint8_t { kNone, kNear, kOpposite };

class RelatedWords {
 public:
  // INVALID_ARGUMENT with the line: an empty word, or more than one "|".
  static absl::StatusOr<RelatedWords> Parse(std::string_view data);
  static const RelatedWords& BuiltIn();

  // Between stems. Near goes before opposite where a pair is both.
  Relation Between(std::string_view a, std::string_view b) const;
  // Whether the stem stands in any group.
  bool Knows(std::string_view stem) const { return groups_.contains(std::string(stem)); }

 private:
  // Line number, with the sign of the side of "|".
  std::unordered_map<std::string, std::vector<int32_t>> groups_;
};

}  // namespace ringside::theory
