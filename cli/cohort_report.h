// What `grade COHORT` says at its end, and the files it leaves.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/store.h"
#include "nlohmann/json.hpp"

namespace ringside::cli {

struct CohortReport {
  std::string text;                     // for people
  std::vector<std::string> complaints;  // one line for each answer that could not be graded; the first 50
  int64_t errors = 0;
  nlohmann::json json;
};

// `source` names the cohort in complaints; files are written into `out`.
absl::StatusOr<CohortReport> ReportCohort(const cohort::CohortStore& store, const evaluator::Bank& bank,
                                          const std::string& source, const std::string& out,
                                          const GradeOptions& options);

}  // namespace ringside::cli
