// The kernels of an NVIDIA GPU behind the interface of kernels.h, for R = float, double, Bf16 and F16.
// Operands are addresses of its memory; every method puts its work on the context's stream and returns at
// once, and the first error stays with the context. Sums run in float (in double for R = double and where
// kernels.h says so) and in an order that is a function of the shapes alone.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "workers/kernels/cuda/context.h"
#include "workers/kernels/kernels.h"

namespace ringside::kernels::cuda {

// `context` outlives the kernels. UNAVAILABLE: cuBLASLt cannot be loaded.
template <class R>
absl::StatusOr<std::unique_ptr<Kernels<R>>> MakeCudaKernels(Context* context);

}  // namespace ringside::kernels::cuda
