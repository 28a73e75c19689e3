// Grades a table of short answers (tsv.h) row by row, with or without marks by people.
//
// The table is read twice: once for its questions, which give the background (background.h) and the chance
// level (setting.h), once for its answers. Memory grows with the questions and the marks, not with the
// answers.
//
// Marks come in a table of the same layout with `score`. Those of a question that is graded teach about that
// question (learned_marks.h); all of them together, 200 or more from eight or more questions, refit the
// weights near the shipped ones, and 60 or more the scale of the marks (a line and the length of answers).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringside::theory {

inline constexpr size_t kMaxQuestions = 50'000;
inline constexpr size_t kMaxMarks = 200'000;

struct TableSummary {
  struct Question {
    int64_t answers = 0, errors = 0;
    double score_sum = 0, confidence_sum = 0;
  };
  int64_t rows = 0, errors = 0, marks = 0;
  bool weights_refitted = false, scale_refitted = false;
  std::map<std::string, Question> questions;  // by id
};

// Writes one row for every row of the table, in its order: its columns but for the texts and marks, then
// score, evidence, confidence, flags, points (id=earned), error. A row that cannot be graded
// has the score 0 and an error, which `report` gets, too. `marked` may be empty. Errors of the whole: a file
// that cannot be read (NOT_FOUND), a header (INVALID_ARGUMENT), more than kMaxQuestions or kMaxMarks
// (RESOURCE_EXHAUSTED), `out` that fails (UNAVAILABLE).
absl::StatusOr<TableSummary> GradeTable(const std::string& table, const std::string& marked,
                                        std::ostream* out,
                                        const std::function<void(const absl::Status&)>& report);

}  // namespace ringside::theory
