// The yardstick of the efficiency area: the best plan found for a question.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "evaluator/design/runner.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::evaluator {

struct BestPlan {
  v1::ParallelPlan plan;
  double tokens_per_s = 0;
  int64_t peak_bytes = 0;                     // of the fullest rank
  v1::Origin basis = v1::ORIGIN_UNSPECIFIED;  // must be the basis of the answers it is compared with
  std::string source;                         // how it was found, one sentence
  std::string where;                          // the place in its trace that the compared figure stands at
};

class BestPlanFinder {
 public:
  virtual ~BestPlanFinder() = default;
  // `question` is resolved. Plans are run on `runner`, as the answers are, so that all stand on one basis.
  // FAILED_PRECONDITION: no plan fits the question. UNAVAILABLE: as DesignRunner.
  virtual absl::StatusOr<BestPlan> Find(const v1::DesignQuestion& question, DesignRunner& runner) = 0;
};

}  // namespace ringside::evaluator
