// Grades single design answers of a cohort on the simulator: each question's best plan is looked for once,
// and plans that compile to the same programs share one simulation.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "evaluator/design/best_plan.h"
#include "evaluator/design/caching_runner.h"
#include "evaluator/run_or_simulate.h"
#include "evaluator/search_best_plan.h"
#include "ringside/v1/design.pb.h"

namespace ringside::cli {

class CohortDesigns {
 public:
  // `profile`: as `grade` takes it.
  explicit CohortDesigns(const std::string& profile);
  ~CohortDesigns();

  // Never fails: what keeps it from being graded is in Scorecard.error. Thread-safe; one answer at a time.
  v1::Scorecard Grade(const v1::DesignQuestion& question, const v1::DesignAnswer& answer);

 private:
  class Finder;

  std::mutex mutex_;
  evaluator::RunOrSimulate runner_;
  std::unique_ptr<evaluator::CachingRunner> cache_;
  std::unique_ptr<Finder> finder_;
  int graded_ = 0;  // since the cache was made
};

}  // namespace ringside::cli
