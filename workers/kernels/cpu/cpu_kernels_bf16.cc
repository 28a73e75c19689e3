#include "base/status_macros.h"
#include "workers/kernels/cpu/instantiate.h"
#include "workers/kernels/cpu/widening_gemm.h"

namespace ringside::kernels {

template class CpuKernels<Bf16>;

template <>
absl::StatusOr<std::unique_ptr<Kernels<Bf16>>> MakeFastKernels(const FastKernelOptions& options) {
  std::unique_ptr<GemmApi<Bf16>> gemm;
  if (options.gemm != GemmLibrary::kOpenBlas) gemm = MakeOneDnnBf16Gemm(options.gemm_threads);
  if (gemm == nullptr) {
    RINGSIDE_ASSIGN_OR_RETURN(auto wide, ChooseGemm(options));
    gemm = std::make_unique<WideningGemm<Bf16>>(std::move(wide));
  }
  return std::make_unique<CpuKernels<Bf16>>(std::move(gemm));
}

}  // namespace ringside::kernels
