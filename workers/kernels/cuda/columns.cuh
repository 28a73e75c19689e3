// Sums down the columns of a matrix, two at once, in two launches: blocks of rows first, then over the
// blocks. No atomics: the order of additions is a function of the shape alone.
#pragma once

#include "workers/kernels/cuda/device.cuh"

namespace ringside::kernels::cuda {

template <class T>
struct Pair {
  T first, second;
};

inline constexpr int kColumnTile = 32, kRowLanes = 8;

// partials [splits][2][c]
template <class T, class Value>
__global__ void ColumnPartialsKernel(Value value, int64_t n, int64_t c, int64_t rows, T* partials) {
  __shared__ T first[kRowLanes][kColumnTile], second[kRowLanes][kColumnTile];
  const int64_t j = int64_t{blockIdx.x} * kColumnTile + threadIdx.x;
  const int64_t begin = blockIdx.y * rows, end = begin + rows < n ? begin + rows : n;
  T a = 0, b = 0;
  if (j < c) {
    for (int64_t i = begin + threadIdx.y; i < end; i += kRowLanes) {
      const Pair<T> pair = value(i, j);
      a += pair.first;
      b += pair.second;
    }
  }
  first[threadIdx.y][threadIdx.x] = a;
  second[threadIdx.y][threadIdx.x] = b;
  __syncthreads();
  if (threadIdx.y > 0 || j >= c) return;
  for (int lane = 1; lane < kRowLanes; ++lane) {
    a += first[lane][threadIdx.x];
    b += second[lane][threadIdx.x];
  }
  partials[2 * blockIdx.y * c + j] = a;
  partials[(2 * blockIdx.y + 1) * c + j] = b;
}

// value(i, j) -> Pair<T>; done(j, sum of the firsts, sum of the seconds) once a column.
// REQUIRES: 2 c <= kWorkspaceElems.
template <class T, class Value, class Done>
void ReduceColumns(const Launch& launch, int64_t n, int64_t c, Value value, Done done) {
  constexpr int64_t kFewRows = 64, kMostSplits = 256;
  const int64_t room = kWorkspaceElems / (2 * c);
  const int64_t splits = std::max<int64_t>(1, std::min({(n + kFewRows - 1) / kFewRows, kMostSplits, room}));
  const int64_t rows = (n + splits - 1) / splits;
  T* partials = reinterpret_cast<T*>(launch.workspace);
  const dim3 grid(static_cast<unsigned>((c + kColumnTile - 1) / kColumnTile), static_cast<unsigned>(splits));
  Start(launch, ColumnPartialsKernel<T, Value>, grid, dim3(kColumnTile, kRowLanes), value, n, c, rows,
        partials);
  ForEach(launch, c, [=] __device__(int64_t j) {
    T a = 0, b = 0;
    for (int64_t split = 0; split < splits; ++split) {
      a += partials[2 * split * c + j];
      b += partials[(2 * split + 1) * c + j];
    }
    done(j, a, b);
  });
}

}  // namespace ringside::kernels::cuda
