// Grades single design answers of a cohort on the simulator: a grader for each question, made when its first
// answer comes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "evaluator/design/grader.h"
#include "evaluator/run_or_simulate.h"
#include "evaluator/search_best_plan.h"
#include "ringside/v1/design.pb.h"

namespace ringside::cli {

class CohortDesigns {
 public:
  // `profile`: as `grade` takes it.
  explicit CohortDesigns(const std::string& profile);

  // Never fails: what keeps it from being graded is in Scorecard.error. Thread-safe; one answer at a time.
  v1::Scorecard Grade(const v1::DesignQuestion& question, const v1::DesignAnswer& answer);

 private:
  std::mutex mutex_;
  evaluator::RunOrSimulate runner_;
  evaluator::SearchBestPlan finder_;
  std::map<std::string, absl::StatusOr<std::unique_ptr<evaluator::DesignGrader>>> graders_;  // by question
};

}  // namespace ringside::cli
