#include "workers/kernels/cpu/instantiate.h"

namespace ringside::kernels {

template class CpuKernels<float>;

absl::StatusOr<std::unique_ptr<Kernels<float>>> MakeFastKernels(const FastKernelOptions& options) {
  auto gemm = ChooseGemm(options);
  if (!gemm.ok()) return gemm.status();
  return std::make_unique<CpuKernels<float>>(*std::move(gemm));
}

}  // namespace ringside::kernels
