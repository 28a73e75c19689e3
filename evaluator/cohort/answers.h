// Reads the answers of a cohort one after the other: a CSV file, a JSON Lines file, or a folder. Memory does
// not grow with the cohort.
//
//  FILE.csv    a header line, then a row an answer. Columns: question, answer, candidate (or student); may be
//              left out: id, mark (0..1, by a person). Further columns are ignored. RFC 4180 quoting.
//  FILE.jsonl  an object a line, with the same names; "design" in the place of "answer" holds a design answer
//              (v1::DesignAnswer in JSON).
//  FOLDER      FOLDER/CANDIDATE/QUESTION.txt or .md, and .yaml for design answers.
//
// An answer without an id gets "line-N" or "CANDIDATE/QUESTION". What is wrong with one answer ends up in its
// `error` and the next one is read; only what concerns the whole source is an error of Next.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/cohort.pb.h"

namespace ringside::cohort {

inline constexpr size_t kMaxAnswerBytes = size_t{1} << 20;
inline constexpr size_t kMaxFieldBytes = 256;  // of id, candidate, question
// Of a row or line as a whole: beyond it a quote was not closed, or the file is none of these.
inline constexpr size_t kMaxRowBytes = size_t{64} << 20;

struct ReadAnswer {
  v1::CohortAnswer answer;  // as far as it could be read; always with an id
  std::string error;        // one line, without the place; empty: none
};

class AnswerReader {
 public:
  virtual ~AnswerReader() = default;
  // Nothing: the end. INVALID_ARGUMENT, DATA_LOSS: the rest cannot be read, with `PATH:LINE: reason`.
  virtual absl::StatusOr<std::optional<ReadAnswer>> Next() = 0;
};

// INVALID_ARGUMENT: neither of the three, empty, or a column is missing; NOT_FOUND.
absl::StatusOr<std::unique_ptr<AnswerReader>> OpenAnswers(const std::string& path);

}  // namespace ringside::cohort
