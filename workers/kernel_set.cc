#include "workers/kernel_set.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/cuda/cuda_kernel_set.h"

namespace ringside::workers {
namespace {

template <class R>
absl::StatusOr<KernelSet> MakeFastOrReference(v1::KernelChoice choice) {
  if (choice == v1::KERNELS_REFERENCE) return KernelSet(kernels::MakeReferenceKernels<R>());
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<kernels::Kernels<R>> fast, kernels::MakeFastKernels<R>());
  return KernelSet(std::move(fast));
}

// RINGSIDE_DEVICE. No detection: a run is on the GPU where someone said so.
absl::StatusOr<bool> WantsGpu() {
  const char* value = std::getenv("RINGSIDE_DEVICE");
  const std::string_view device = value == nullptr ? "" : value;
  if (device.empty() || device == "cpu") return false;
  if (device == "cuda") return true;
  return absl::InvalidArgumentError("RINGSIDE_DEVICE is neither \"cpu\" nor \"cuda\"");
}

}  // namespace

absl::StatusOr<KernelSet> MakeKernels(plan::DType real, v1::KernelChoice choice) {
  RINGSIDE_ASSIGN_OR_RETURN(const bool wants_gpu, WantsGpu());
  if (wants_gpu && choice != v1::KERNELS_REFERENCE) return cuda::MakeCudaKernelSet(real);
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
