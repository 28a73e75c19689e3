// The formats one by one. Each writes its file into options.folder (outputs.h).
#pragma once

#include "absl/status/status.h"
#include "evaluator/cohort/outputs/outputs.h"

namespace ringside::cohort {

absl::Status WriteGradesCsv(const CohortStore& store, const OutputOptions& options);
absl::Status WriteGradesJsonLines(const CohortStore& store, const OutputOptions& options);
absl::Status WriteSummary(const CohortStore& store, const CohortFigures& figures,
                          const OutputOptions& options);
absl::Status WriteCanvas(const CohortStore& store, const CohortFigures& figures,
                         const OutputOptions& options);
absl::Status WriteNbgrader(const CohortStore& store, const OutputOptions& options);
absl::Status WriteGradescope(const CohortStore& store, const OutputOptions& options);
absl::Status WriteJunit(const CohortStore& store, const OutputOptions& options);
absl::Status WriteReport(const CohortStore& store, const CohortFigures& figures,
                         const OutputOptions& options);
absl::Status WriteCandidatePages(const CohortStore& store, const OutputOptions& options);

// Texts of the bank by id; the id itself where there is no bank or it lacks it.
std::string TitleOf(const evaluator::Bank* bank, const std::string& question);
std::string PromptOf(const evaluator::Bank* bank, const std::string& question);  // or empty
std::string PointText(const evaluator::Bank* bank, const std::string& question, const std::string& point);

// What was found in an answer, in lines of plain text: points earned and missed with their reasons,
// misconceptions with their corrections, or the areas of a design.
std::string FindingsText(const evaluator::Bank* bank, const v1::CohortGrade& grade);

// "low evidence": of a flag, for people and columns.
std::string FlagName(v1::AnswerFlag flag);

// From here on a point counts as earned where it is said in one word.
inline constexpr double kEarned = 0.5;

}  // namespace ringside::cohort
