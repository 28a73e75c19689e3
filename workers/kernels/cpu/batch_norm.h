// Batch normalisation. Sums over the rows of a batch run in double: the variance is a difference of them.
#pragma once

#include <algorithm>
#include <cmath>

#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

// Mean and 1 / standard deviation of the columns of a tile.
struct TileMoments {
  float mean[kColumnTile], rstd[kColumnTile];

  TileMoments(const float* sums, int64_t first, int64_t width, int64_t c, int64_t count, double eps) {
    for (int64_t j = 0; j < width; ++j) {
      const double m = sums[first + j] / static_cast<double>(count);
      const double variance = sums[c + first + j] / static_cast<double>(count) - m * m;
      mean[j] = static_cast<float>(m);
      rstd[j] = static_cast<float>(1.0 / std::sqrt(std::max(0.0, variance) + eps));
    }
  }
};

// Sums of two values of every element, over the rows.
struct TileSums {
  double first[kColumnTile] = {}, second[kColumnTile] = {};

  void Write(float* sums, int64_t begin, int64_t width, int64_t c) const {
    std::copy_n(first, width, sums + begin);
    std::copy_n(second, width, sums + c + begin);
  }
};

template <class R>
void CpuKernels<R>::ColumnSums(const R* x, float* sums, int64_t n, int64_t c) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    TileSums tile;
    for (int64_t i = 0; i < n; ++i) {
      const R* __restrict row = x + i * c + first;
      for (int64_t j = 0; j < width; ++j) {
        const double value = static_cast<float>(row[j]);
        tile.first[j] += value;
        tile.second[j] += value * value;
      }
    }
    tile.Write(sums, first, width, c);
  });
}

template <class R>
void CpuKernels<R>::BatchNorm(const R* x, const float* sums, const R* gamma, const R* beta, R* y, int64_t n,
                              int64_t c, int64_t count, double eps) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    const TileMoments m(sums, first, width, c, count, eps);
    float scale[kColumnTile];
    for (int64_t j = 0; j < width; ++j) scale[j] = m.rstd[j] * static_cast<float>(gamma[first + j]);
    for (int64_t i = 0; i < n; ++i) {
      const R* __restrict from = x + i * c + first;
      R* __restrict to = y + i * c + first;
      for (int64_t j = 0; j < width; ++j) {
        to[j] = static_cast<R>((static_cast<float>(from[j]) - m.mean[j]) * scale[j] +
                               static_cast<float>(beta[first + j]));
      }
    }
  });
}

template <class R>
void CpuKernels<R>::BatchNormSums(const R* dy, const R* x, const float* sums, float* dsums, int64_t n,
                                  int64_t c, int64_t count, double eps) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    const TileMoments m(sums, first, width, c, count, eps);
    TileSums tile;
    for (int64_t i = 0; i < n; ++i) {
      const R* __restrict d = dy + i * c + first;
      const R* __restrict from = x + i * c + first;
      for (int64_t j = 0; j < width; ++j) {
        const float value = static_cast<float>(d[j]);
        tile.first[j] += value;
        tile.second[j] += value * ((static_cast<float>(from[j]) - m.mean[j]) * m.rstd[j]);
      }
    }
    tile.Write(dsums, first, width, c);
  });
}

template <class R>
void CpuKernels<R>::BatchNormBackward(const R* dy, const R* x, const float* sums, const float* dsums,
                                      const R* gamma, R* dx, int64_t n, int64_t c, int64_t count,
                                      double eps) {
  ForColumnTiles(c, [&](int64_t first, int64_t width) {
    const TileMoments m(sums, first, width, c, count, eps);
    float scale[kColumnTile], mean_dy[kColumnTile], mean_norm[kColumnTile];
    for (int64_t j = 0; j < width; ++j) {
      scale[j] = m.rstd[j] * static_cast<float>(gamma[first + j]);
      mean_dy[j] = dsums[first + j] / static_cast<float>(count);
      mean_norm[j] = dsums[c + first + j] / static_cast<float>(count);
    }
    for (int64_t i = 0; i < n; ++i) {
      const R* __restrict d = dy + i * c + first;
      const R* __restrict from = x + i * c + first;
      R* __restrict to = dx + i * c + first;
      for (int64_t j = 0; j < width; ++j) {
        const float norm = (static_cast<float>(from[j]) - m.mean[j]) * m.rstd[j];
        to[j] = static_cast<R>(scale[j] * (static_cast<float>(d[j]) - mean_dy[j] - norm * mean_norm[j]));
      }
    }
  });
}

template <class R>
void CpuKernels<R>::BatchNormGrad(const float* dsums, R* dgamma, R* dbeta, int64_t c, bool accumulate) {
  for (int64_t j = 0; j < c; ++j) {
    dbeta[j] = static_cast<R>(dsums[j] + (accumulate ? static_cast<float>(dbeta[j]) : 0.0f));
    dgamma[j] = static_cast<R>(dsums[c + j] + (accumulate ? static_cast<float>(dgamma[j]) : 0.0f));
  }
}

}  // namespace ringside::kernels
