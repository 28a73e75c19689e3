// Sums and maxima over a row, free to run in any order (omp simd needs no OpenMP runtime), in float; and sums
// over the columns of a matrix.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside::kernels {

// REQUIRES: n >= 1.
template <class R>
float RowMax(const R* x, int64_t n) {
  float max = static_cast<float>(x[0]);
#pragma omp simd reduction(max : max)
  for (int64_t i = 0; i < n; ++i) max = static_cast<float>(x[i]) > max ? static_cast<float>(x[i]) : max;
  return max;
}

template <class R>
float RowSum(const R* x, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += static_cast<float>(x[i]);
  return sum;
}

template <class R>
float RowDot(const R* x, const R* y, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += static_cast<float>(x[i]) * static_cast<float>(y[i]);
  return sum;
}

// Columns that are summed at a time, so that the sums stay in the innermost cache.
inline constexpr int64_t kColumnTile = 1024;

// Calls tile(first, width) for every tile of c columns.
template <class Tile>
void ForColumnTiles(int64_t c, const Tile& tile) {
  for (int64_t first = 0; first < c; first += kColumnTile) tile(first, std::min(kColumnTile, c - first));
}

}  // namespace ringside::kernels
