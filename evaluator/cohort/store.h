// A cohort on disk: its answers, every grade they were ever given, and how far the work is. One SQLite file,
// so that a batch that is killed at any moment goes on where it was: an answer is either graded, with its
// grade, or not graded.
//
// Answers are numbered from 0 in the order of their source. A generation is one grading of the whole cohort;
// a regrade begins another and keeps the grades before it. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/sqlite/database.h"
#include "evaluator/cohort/answers.h"

namespace ringside::cohort {

struct StoredAnswer {
  int64_t number = 0;
  v1::CohortAnswer answer;
  std::string error;  // found when it was read
};

struct NumberedGrade {
  int64_t number = 0;
  v1::CohortGrade grade;
};

struct Moved {  // a grade and the one before it
  v1::CohortGrade before, after;
};

class CohortStore {
 public:
  // Makes the file where there is none.
  static absl::StatusOr<CohortStore> Open(const std::string& path);

  // Remembers which source this is of; FAILED_PRECONDITION if it was another one before.
  absl::Status Claim(std::string_view source_fingerprint);

  // -- answers: added in the order of the source, some at a time; what is there already is passed over
  // An id that came before is an error of the later answer, which is kept under a name of its own.
  absl::Status Add(const std::vector<StoredAnswer>& answers);
  absl::StatusOr<bool> complete() const;  // all of the source is there
  absl::Status SetComplete();
  absl::StatusOr<int64_t> NumAnswers() const;
  // The next answers from `from` on that have no grade of this generation, in order.
  absl::StatusOr<std::vector<StoredAnswer>> Ungraded(int64_t from, int limit) const;
  // In order; stops at the first error.
  absl::Status ForEachAnswer(const std::function<absl::Status(const StoredAnswer&)>& visit) const;

  // -- grades
  // All or none of them; the generation's first grade of an answer stays.
  absl::Status Put(const std::vector<NumberedGrade>& grades);
  absl::StatusOr<int64_t> NumGraded() const;  // of this generation
  absl::Status ForEachGrade(const std::function<absl::Status(const v1::CohortGrade&)>& visit) const;
  absl::StatusOr<int64_t> generation() const;  // from 1
  absl::Status BeginRegrade();
  // Takes over the answers, names and grades of another store of the same source: what a share of it graded.
  absl::Status MergeFrom(const std::string& path);
  // Grades whose score or error differs from the generation before.
  absl::Status ForEachMoved(const std::function<absl::Status(const Moved&)>& visit) const;

  // For what is computed inside it (item_analysis.h).
  const sqlite::Database& db() const { return db_; }

 private:
  explicit CohortStore(sqlite::Database db) : db_(std::move(db)) {}
  absl::StatusOr<std::string> Meta(std::string_view key) const;
  absl::Status SetMeta(std::string_view key, std::string_view value);

  sqlite::Database db_;
};

}  // namespace ringside::cohort
