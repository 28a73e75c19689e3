#include "base/status_macros.h"
#include "workers/kernels/cpu/instantiate.h"
#include "workers/kernels/cpu/widening_gemm.h"

namespace ringside::kernels {

template class CpuKernels<F16>;

template <>
absl::StatusOr<std::unique_ptr<Kernels<F16>>> MakeFastKernels(const FastKernelOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(auto wide, ChooseGemm(options));
  return std::make_unique<CpuKernels<F16>>(std::make_unique<WideningGemm<F16>>(std::move(wide)));
}

}  // namespace ringside::kernels
