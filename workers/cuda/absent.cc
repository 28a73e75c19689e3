// In place of the CUDA backend where the CUDA toolkit was not found.
#include "workers/cuda/cuda_kernel_set.h"

namespace ringside::workers::cuda {

absl::StatusOr<KernelSet> MakeCudaKernelSet(plan::DType real) {
  return absl::UnimplementedError("this was built without CUDA: use RINGSIDE_DEVICE=cpu (docs/gpu.md)");
}

absl::StatusOr<std::string> DescribeGpus() {
  return absl::UnimplementedError("built without CUDA (docs/gpu.md)");
}

}  // namespace ringside::workers::cuda
