// Runs the kernels of this folder on the CPU, thread by thread: their arithmetic, indices and barriers can be
// tested where there is no GPU. What it cannot show: races that its fixed order hides, and anything of speed.
//
// A source that is compiled with RINGSIDE_CUDA_EMULATION includes this in place of the CUDA runtime. The
// threads of a block are fibers that take turns; blocks run one after the other. Threading: one host thread
// at a time.
#pragma once

#include <cuda_runtime_api.h>
#include <math.h>  // the overloads of the global namespace that device code uses
#include <vector_functions.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>

// Blocks run one at a time, so one copy of what a block shares is enough.
#undef __shared__
#define __shared__ static
#undef __launch_bounds__
#define __launch_bounds__(...)

namespace ringside::kernels::cuda::emulation {

// The built-in variables of the fiber that runs.
struct Place {
  uint3 thread, block;
  dim3 block_dim, grid_dim;
};
extern Place place;

// All threads of all blocks, to their end. A barrier that cannot be met ends the process with a message.
void Run(dim3 grid, dim3 block, const std::function<void()>& kernel);

// Until all threads of the block have come; the number of those that said yes.
int SyncBlock(bool yes);
// Until all lanes in `mask` have come.
void SyncWarp(unsigned mask);
// A word of each lane of the warp, of which all lanes come.
uint64_t Exchange(uint64_t word, int from_lane);
unsigned Ballot(bool yes);

inline int Lane() {
  const unsigned linear =
      place.thread.x + place.block_dim.x * (place.thread.y + place.block_dim.y * place.thread.z);
  return static_cast<int>(linear % 32);
}

}  // namespace ringside::kernels::cuda::emulation

#define threadIdx (::ringside::kernels::cuda::emulation::place.thread)
#define blockIdx (::ringside::kernels::cuda::emulation::place.block)
#define blockDim (::ringside::kernels::cuda::emulation::place.block_dim)
#define gridDim (::ringside::kernels::cuda::emulation::place.grid_dim)

inline void __syncthreads() {
  ringside::kernels::cuda::emulation::SyncBlock(false);
}
inline int __syncthreads_or(int yes) {
  return ringside::kernels::cuda::emulation::SyncBlock(yes != 0) > 0;
}
inline void __syncwarp(unsigned mask = 0xffffffffu) {
  ringside::kernels::cuda::emulation::SyncWarp(mask);
}
inline unsigned __ballot_sync(unsigned mask, bool yes) {
  return ringside::kernels::cuda::emulation::Ballot(yes);
}
inline int __popc(unsigned bits) {
  return __builtin_popcount(bits);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask) {
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T));
  word = ringside::kernels::cuda::emulation::Exchange(word,
                                                      ringside::kernels::cuda::emulation::Lane() ^ lane_mask);
  std::memcpy(&value, &word, sizeof(T));
  return value;
}

using std::max;
