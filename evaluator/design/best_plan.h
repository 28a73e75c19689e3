// The yardstick of the efficiency area: the best plan found for a question.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

struct BestPlan {
  v1::ParallelPlan plan;
  double tokens_per_s = 0;
  double slower = 0;                          // as in Measurement
  Measurement measurement;                    // all of it
  v1::ErrorBand band;                         // as in Outcome
  int64_t peak_bytes = 0;                     // of the fullest rank
  v1::Origin basis = v1::ORIGIN_UNSPECIFIED;  // must be the basis of the answers it is compared with
  std::string source;                         // how it was found, one sentence
  std::string where;                          // the place in its trace that the compared figure stands at
};

// The yardstick that a run of `plan` makes; `source` as above.
BestPlan AsBestPlan(v1::Objective objective, const v1::ParallelPlan& plan, const Outcome& outcome,
                    std::string source);

class BestPlanFinder {
 public:
  virtual ~BestPlanFinder() = default;
  // `question` is resolved. Plans are run on `runner`, as the answers are, so that all stand on one basis.
  // FAILED_PRECONDITION: no plan fits the question. UNAVAILABLE: as DesignRunner.
  // `cancelled` may be empty; it is asked before each piece of work, and true ends the search with CANCELLED.
  virtual absl::StatusOr<BestPlan> Find(const v1::DesignQuestion& question, DesignRunner& runner,
                                        const std::function<bool()>& cancelled) = 0;
};

}  // namespace ringside::evaluator
