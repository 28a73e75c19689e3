#include "workers/cuda/cuda_kernel_set.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "workers/cuda/cuda_device.h"
#include "workers/cuda/make_communicator.h"
#include "workers/kernels/cuda/cuda_kernels.h"

namespace ringside::workers::cuda {
namespace {

template <class R>
absl::StatusOr<KernelSet> MakeOf(std::unique_ptr<CudaDevice> device) {
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<kernels::Kernels<R>> kernels,
                            kernels::cuda::MakeCudaKernels<R>(&device->context()));
  return KernelSet(std::move(kernels), std::move(device));
}

}  // namespace

absl::StatusOr<KernelSet> MakeCudaKernelSet(plan::DType real) {
  // A hardware queue for every stream: with fewer, an op that waits for a peer could hold up another
  // stream's.
  setenv("CUDA_DEVICE_MAX_CONNECTIONS", "32", /*overwrite=*/0);
  RINGSIDE_ASSIGN_OR_RETURN(const int devices, kernels::cuda::CountDevices());
  RINGSIDE_ASSIGN_OR_RETURN(std::unique_ptr<CudaDevice> device,
                            CudaDevice::Make(OptionsFromEnvironment(devices)));
  switch (real) {
    case plan::DType::kF32:
      return MakeOf<float>(std::move(device));
    case plan::DType::kF64:
      return MakeOf<double>(std::move(device));
    case plan::DType::kBf16:
      return MakeOf<kernels::Bf16>(std::move(device));
    case plan::DType::kF16:
      return MakeOf<kernels::F16>(std::move(device));
    case plan::DType::kI32:
      break;
  }
  RINGSIDE_CHECK(false);
}

absl::StatusOr<std::string> DescribeGpus() {
  RINGSIDE_ASSIGN_OR_RETURN(const int devices, kernels::cuda::CountDevices());
  cudaDeviceProp properties{};
  RINGSIDE_RETURN_IF_ERROR(
      kernels::cuda::CudaStatus(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties"));
  return fmt::format("{} x {}, {:.0f} GiB, {}", devices, properties.name,
                     static_cast<double>(properties.totalGlobalMem) / (int64_t{1} << 30), DescribeNccl());
}

}  // namespace ringside::workers::cuda
