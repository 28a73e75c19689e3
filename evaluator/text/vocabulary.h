// The field's terms and their other names ("DP" is data parallelism), from data/vocabulary.txt, which is
// compiled in and says its own format. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/text/document.h"

namespace ringside::text {

class Vocabulary {
 public:
  // INVALID_ARGUMENT with the line: no name, or a name of two terms.
  static absl::StatusOr<Vocabulary> Parse(std::string_view data);
  static const Vocabulary& BuiltIn();

  struct Match {
    int32_t concept_id = kNoConcept;
    uint32_t tokens = 0;  // from `first` on, with symbols between
  };
  // The longest name that begins at token `first` and stays in its sentence and clause. `text` is what the
  // document was made of; tokens have their stems.
  Match Find(const Document& document, uint32_t first, std::string_view text) const;

  int32_t size() const { return static_cast<int32_t>(names_.size()); }
  const std::string& Name(int32_t concept_id) const { return names_[static_cast<size_t>(concept_id)]; }

 private:
  struct Form {
    std::vector<std::string> stems;
    std::string exact;  // not empty: the text must read so
    int32_t concept_id = kNoConcept;
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::vector<Form>> forms_;  // by their first stem, longest first
};

}  // namespace ringside::text
