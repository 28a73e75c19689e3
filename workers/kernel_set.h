// The kernels that a program asks for: by its precision and RunSpec.kernels.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plan/program.h"
#include "workers/kernels/kernels.h"

namespace ringside::workers {

// Exactly one of the two is set.
struct KernelSet {
  std::unique_ptr<kernels::Kernels<float>> f32;
  std::unique_ptr<kernels::Kernels<double>> f64;
  std::string Describe() const { return f32 ? f32->Describe() : f64->Describe(); }
};

// fp64 implies the reference kernels. Call it before other threads start (kernels.h says why).
absl::StatusOr<KernelSet> MakeKernels(plan::DType real, v1::KernelChoice choice);

}  // namespace ringside::workers
