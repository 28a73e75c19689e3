// What `grade COHORT` says at its end, and the files it leaves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evaluator/bank/bank.h"
#include "evaluator/cohort/store.h"
#include "nlohmann/json.hpp"
#include "ringside/v1/judge.pb.h"

namespace ringside::cli {

struct CohortReport {
  std::string text;                     // for people
  std::vector<std::string> complaints;  // one line for each answer that could not be graded; the first 50
  int64_t errors = 0;
  nlohmann::json json;
};

// `source` names the cohort in complaints; files are written into `out`. `opinions`: of a judge, by answer.
absl::StatusOr<CohortReport> ReportCohort(const cohort::CohortStore& store, const evaluator::Bank& bank,
                                          const std::string& source, const std::string& out,
                                          const std::map<std::string, v1::JudgeOpinion>& opinions,
                                          const GradeOptions& options);

}  // namespace ringside::cli
