// What the environment says of the CUDA backend (docs/gpu.md).
#pragma once

#include "workers/kernels/cuda/context.h"

namespace ringside::workers::cuda {

struct CudaOptions {
  kernels::cuda::ContextOptions context;
  bool graphs = false;       // RINGSIDE_CUDA_GRAPHS=1: steps after the warm-up are replayed as CUDA graphs
  bool synchronous = false;  // RINGSIDE_CUDA_SYNC=1: wait after every op, so that an error names its op
};

// The GPU: RINGSIDE_CUDA_DEVICE, else the rank's place on its node (as Open MPI tells it) modulo their
// number, `devices`. Flags are set by "1".
CudaOptions OptionsFromEnvironment(int devices);

// How many ranks share this node, at most `world_size`: as Open MPI tells it, else all.
int RanksOnNode(int world_size);

}  // namespace ringside::workers::cuda
