#include "workers/kernel_set.h"

#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers {
namespace {

template <class R>
absl::StatusOr<KernelSet> MakeFastOrReference(v1::KernelChoice choice) {
  if (choice == v1::KERNELS_REFERENCE) return KernelSet(kernels::MakeReferenceKernels<R>());
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<kernels::Kernels<R>> fast, kernels::MakeFastKernels<R>());
  return KernelSet(std::move(fast));
}

}  // namespace

absl::StatusOr<KernelSet> MakeKernels(plan::DType real, v1::KernelChoice choice) {
  switch (real) {
    case plan::DType::kF64:
      return KernelSet(kernels::MakeReferenceKernels<double>());
    case plan::DType::kBf16:
      return MakeFastOrReference<kernels::Bf16>(choice);
    case plan::DType::kF16:
      return MakeFastOrReference<kernels::F16>(choice);
    case plan::DType::kF32:
      return MakeFastOrReference<float>(choice);
    case plan::DType::kI32:
      break;
  }
  RINGSIDE_CHECK(false);
}

}  // namespace ringside::workers
