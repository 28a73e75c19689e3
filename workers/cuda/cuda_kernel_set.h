// The kernels of a GPU with their device, as a KernelSet.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "workers/kernel_set.h"

namespace ringside::workers::cuda {

// On the GPU and with the options that the environment says (options.h). UNAVAILABLE: no GPU, no driver, or a
// library is missing. Sets CUDA_DEVICE_MAX_CONNECTIONS where it is not set: call it before other threads
// start.
absl::StatusOr<KernelSet> MakeCudaKernelSet(plan::DType real);

// What `ringside doctor` says: the GPUs that can be used, or UNAVAILABLE with the reason.
absl::StatusOr<std::string> DescribeGpus();

}  // namespace ringside::workers::cuda
