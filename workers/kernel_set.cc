#include "workers/kernel_set.h"

#include "base/status_macros.h"

namespace ringside::workers {

absl::StatusOr<KernelSet> MakeKernels(plan::DType real, v1::KernelChoice choice) {
  KernelSet out;
  if (real == plan::DType::kF64) {
    out.f64 = kernels::MakeReferenceKernels<double>();
  } else if (choice == v1::KERNELS_REFERENCE) {
    out.f32 = kernels::MakeReferenceKernels<float>();
  } else {
    RINGSIDE_ASSIGN_OR_RETURN(out.f32, kernels::MakeFastKernels());
  }
  return out;
}

}  // namespace ringside::workers
