// The best plan of a question on a cluster of the catalogue, of all that it allows (sim/search/gpu_search.h).
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"
#include "sim/search/gpu_search.h"

namespace ringside::evaluator {

struct CatalogueSearch {
  v1::ParallelPlan plan;
  int64_t plans = 0;  // that were gone through
};

// What the search is asked for: a base scenario and the space that the question leaves. `ranks`: exactly so
// many. `question` is resolved.
sim::SearchRequest RequestOf(const v1::DesignQuestion& question, int ranks);

// Where a question allows fewer ranks, every number that divides its ranks is searched: of each the fastest
// plan, and of those the best by the objective that keeps deadline and budget. FAILED_PRECONDITION: nothing
// fits, or nothing keeps them. CANCELLED.
absl::StatusOr<CatalogueSearch> SearchQuestion(const v1::DesignQuestion& question,
                                               const std::function<bool()>& cancelled);

}  // namespace ringside::evaluator
