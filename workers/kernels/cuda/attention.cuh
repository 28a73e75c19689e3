// How the attention kernels share out a head: four threads to a row, each with a quarter of its elements, so
// that a dot product is a sum over four lanes. Rows of the other side pass by in tiles of shared memory.
#pragma once

#include "plan/sequence_slice.h"
#include "workers/kernels/cuda/attention.h"
#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

inline constexpr int kQuad = 4;

// Rows of a tile: two tiles of W elements fit the 48 KiB that a block has without asking.
template <class S>
inline constexpr int kTileRows = sizeof(S) == 8 ? 16 : 32;

// Element r of a thread's share of a row of W: lane's fours are 16 apart, so that the four lanes of a quad
// read 16 consecutive elements.
__device__ inline int ElementOf(int r, int lane) {
  return r / 4 * 16 + lane * 4 + r % 4;
}

template <class T>
__device__ T QuadSum(T value) {
  value += __shfl_xor_sync(0xffffffffu, value, 1);
  return value + __shfl_xor_sync(0xffffffffu, value, 2);
}

// A thread's share of the row at `from`, zero beyond d; all zero where the row is null.
template <int kShare, class E>
__device__ void LoadShare(const E* from, int64_t d, int lane, Stat<E>* share) {
#pragma unroll
  for (int r = 0; r < kShare; ++r) {
    const int x = ElementOf(r, lane);
    share[r] = from != nullptr && x < d ? Load(from[x]) : Stat<E>(0);
  }
}

template <int kShare, class S>
__device__ S DotShare(const S* share, const S* row, int lane) {
  S sum = 0;
#pragma unroll
  for (int r = 0; r < kShare; ++r) sum += share[r] * row[ElementOf(r, lane)];
  return QuadSum(sum);
}

template <int kShare, class S>
__device__ void AddShare(S factor, const S* row, int lane, S* share) {
#pragma unroll
  for (int r = 0; r < kShare; ++r) share[r] += factor * row[ElementOf(r, lane)];
}

// Copies rows [first, first + kTileRows) of `from` (row stride `stride`) to tile [kTileRows][W], zeros beyond
// `rows` and `d`. All threads of the block.
template <int W, class E>
__device__ void LoadTile(const E* from, int64_t stride, int64_t first, int64_t rows, int64_t d,
                         Stat<E> (*tile)[W]) {
  for (int at = threadIdx.x; at < kTileRows<Stat<E>> * W; at += blockDim.x) {
    const int row = at / W, x = at % W;
    tile[row][x] = first + row < rows && x < d ? Load(from[(first + row) * stride + x]) : Stat<E>(0);
  }
}

__device__ inline int64_t PositionOfQuery(const AttentionShape& s, int64_t i) {
  return plan::GlobalPosition(i, s.t, s.cp, s.q_rank);
}
__device__ inline int64_t PositionOfKey(const AttentionShape& s, int64_t j) {
  return plan::GlobalPosition(j, s.t, s.cp, s.kv_rank);
}

// Calls use(std::integral_constant<int, W>) with the least W of 32, 64, 128 that holds a head.
template <class Use>
void WithWidth(int64_t d, Use use) {
  if (d <= 32) return use(std::integral_constant<int, 32>());
  if (d <= 64) return use(std::integral_constant<int, 64>());
  use(std::integral_constant<int, 128>());
}

}  // namespace ringside::kernels::cuda
