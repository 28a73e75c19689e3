// One communication op of a program as calls of NCCL.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "absl/status/status.h"
#include "plan/program.h"
#include "workers/cuda/nccl_channels.h"

namespace ringside::workers::cuda {

// Puts `op` on `stream`; `first` and `second` are its operands on the device, of `dtype`. Chunks that are not
// all of one size (plan::ChunkOf) go as one reduction or broadcast each, in one NCCL group.
absl::Status StartOp(const Nccl& nccl, const NcclChannels::Member& member, const plan::Op& op,
                     plan::DType dtype, std::byte* first, std::byte* second, cudaStream_t stream);

}  // namespace ringside::workers::cuda
