// Writes what a cohort's grading came to into a folder, for people and for other programs. docs/cohorts.md
// says what each file holds.
//
// Memory does not grow with the cohort. A file is there whole or not at all; same store, same bytes. All that
// candidates wrote is data: escaped where it is shown. Candidates are called by their anonymous names, but in
// canvas.csv and nbgrader.csv where `identity_of` gives others.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evaluator/cohort/outputs/figures.h"
#include "ringside/v1/judge.pb.h"

namespace ringside::cohort {

enum class OutputFormat {
  kCsv,         // grades.csv: a row an answer
  kJsonLines,   // grades.jsonl: all that was found, v1::CohortGrade in JSON, a line an answer
  kSummary,     // summary.json: the figures
  kCanvas,      // canvas.csv: a gradebook that Canvas imports
  kNbgrader,    // nbgrader.csv: with the columns of `nbgrader export`
  kGradescope,  // gradescope/CANDIDATE/results.json
  kJunit,       // junit.xml: a suite a question, a case an answer
  kHtml,        // report.html and candidates/CANDIDATE.html
};

// "csv", "jsonl", "summary", "canvas", "nbgrader", "gradescope", "junit", "html". INVALID_ARGUMENT.
absl::StatusOr<OutputFormat> ParseOutputFormat(std::string_view name);
std::set<OutputFormat> AllOutputFormats();

// Who a candidate is for a gradebook. What is empty stays empty, but for `student`.
struct Identity {
  std::string student;  // empty: the anonymous name
  std::string id, sis_user_id, sis_login_id, section;
  std::string last_name, first_name, email;
};

struct OutputOptions {
  std::string folder;
  std::set<OutputFormat> formats = AllOutputFormats();
  std::string title = "Cohort";  // of the report and, in gradebooks, of the assignment
  double pass_mark = 0.5;        // 0..1: below it an answer is a failure in junit.xml
  double points = 1;             // a question is worth, in gradebooks
  // Titles, prompts and points of the questions; may be null.
  const evaluator::Bank* bank = nullptr;
  // By the name that the cohort gives its candidate. May be empty.
  std::function<std::optional<Identity>(const std::string& candidate)> identity_of;
  // What a judge said of the answer with this id (CohortAnswer.id). Shown on the candidate's page beside the
  // score; changes nothing else. May be empty.
  std::function<std::optional<v1::JudgeOpinion>(const std::string& id)> opinion_of;
};

// Returns the files written, relative to the folder; of pages and results of single candidates only their
// folder ("candidates/"). UNAVAILABLE: a file cannot be written. Errors of the store.
absl::StatusOr<std::vector<std::string>> WriteOutputs(const CohortStore& store, const CohortFigures& figures,
                                                      const OutputOptions& options);

}  // namespace ringside::cohort
