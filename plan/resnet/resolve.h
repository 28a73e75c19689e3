// Defaults, checks and counts of architecture resnet (plan/resnet/tensors.h); plan::Resolve calls them.
// Errors are INVALID_ARGUMENT and begin with the field's path.
#pragma once

#include "absl/status/status.h"
#include "plan/compile.h"

namespace ringside::plan {

// The fields that only it fills otherwise, before the checks that all models share.
absl::Status ResolveResnetModel(v1::ModelSpec* model);

// Data parallel only; images are synthetic and never begin again.
absl::Status CheckResnetPlan(const v1::ParallelPlan& plan);
absl::Status CheckResnetRun(const v1::RunSpec& run);

// What no program could hold or count.
absl::Status CheckResnetSize(const Resolved& resolved, double max_ops_of_rank);

int64_t ResnetParameters(const Resolved& resolved);
// By matrix products: 2 FLOPs a multiply-add, forward once and backward twice; nobody asks for the gradient
// of the images, so the stem's backward pass has one.
int64_t ResnetFlopsPerStep(const Resolved& resolved);

}  // namespace ringside::plan
