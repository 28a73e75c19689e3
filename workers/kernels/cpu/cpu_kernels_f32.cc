#include "base/status_macros.h"
#include "workers/kernels/cpu/instantiate.h"

namespace ringside::kernels {

template class CpuKernels<float>;

template <>
absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeFastKernels(const FastKernelOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(auto gemm, ChooseGemm(options));
  return std::make_unique<CpuKernels<float>>(std::move(gemm));
}

}  // namespace ringside::kernels
