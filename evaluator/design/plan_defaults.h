// What a plan has that its author did not write: what the question fixes, and what goes without saying on
// GPUs.
#pragma once

#include "absl/status/statusor.h"
#include "ringside/v1/design.pb.h"
#include "ringside/v1/scenario.pb.h"

namespace ringside::evaluator {

// Gradient buckets on clusters of the catalogue, where a plan does not say.
inline constexpr double kGpuBucketMib = 128;

// Is the cluster's device one of the catalogue, so that answers are simulated from data sheets and laws?
bool IsOnCatalogue(const v1::ClusterSpec& cluster);

// The plan with what the question fixes, with the first of the precisions that it allows, and on the
// catalogue with communication of replicas beside the computation, in buckets of kGpuBucketMib, where it does
// not say. INVALID_ARGUMENT: the plan says otherwise than the question fixes, or its precision is not among
// those allowed. `question` is resolved.
absl::StatusOr<v1::ParallelPlan> Completed(const v1::DesignQuestion& question, v1::ParallelPlan plan);

}  // namespace ringside::evaluator
