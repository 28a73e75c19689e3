// Walks over a cohort's grades together with the answers they are of. Memory holds one of them at a time, and
// the keys of the order (which SQLite sorts, on disk where they are many).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "evaluator/cohort/store.h"

namespace ringside::cohort {

enum class WalkOrder { kSource, kByCandidate, kByQuestion };

// An answer and its grade in this generation. The names in `grade` are fit for others' eyes: an id that
// begins with the candidate's own name ("ada/all-reduce", of a folder) begins with the anonymous one instead.
struct Graded {
  v1::CohortAnswer answer;
  v1::CohortGrade grade;
};

// Within a candidate or question in the order of the source. Stops at the first error. `visit` may use the
// store.
absl::Status WalkGrades(const CohortStore& store, WalkOrder order,
                        const std::function<absl::Status(const Graded&)>& visit);

// The id as others may see it.
std::string PublicId(const v1::CohortAnswer& answer, std::string_view anonymous);

// A name for files, folders and anchors: the text itself where that is harmless, else what is harmless of it
// and a fingerprint.
std::string SafeName(std::string_view text);

// What a candidate's answers came to. The mark is the mean over the questions that were answered (of several
// answers to one their mean), as in item_analysis.h; what could not be graded counts as 0.
struct CandidateTotal {
  std::string candidate;
  int64_t answers = 0, errors = 0, questions = 0;
  double mark = 0;
};
// By anonymous name, in the order of WalkGrades by candidate. The store must outlive it.
class CandidateTotals {
 public:
  static absl::StatusOr<CandidateTotals> Of(const CohortStore& store);
  // Nothing: the end.
  absl::StatusOr<std::optional<CandidateTotal>> Next();

 private:
  explicit CandidateTotals(sqlite::Statement rows) : rows_(std::move(rows)) {}
  sqlite::Statement rows_;
};

}  // namespace ringside::cohort
