// Rotary positions: the sines of a position are computed once for all of its heads.
#pragma once

#include <algorithm>
#include <cmath>

#include "plan/sequence_slice.h"
#include "workers/kernels/cpu/cpu_kernels.h"

namespace ringside::kernels {

// Turns the pairs (first[i], second[i]) [n].
template <class R>
void TurnPairs(R* __restrict first, R* __restrict second, const float* __restrict cosine,
               const float* __restrict sine, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const float a = static_cast<float>(first[i]), b = static_cast<float>(second[i]);
    first[i] = static_cast<R>(a * cosine[i] - b * sine[i]);
    second[i] = static_cast<R>(a * sine[i] + b * cosine[i]);
  }
}

template <class R>
void CpuKernels<R>::Rope(R* qkv, int64_t n, int64_t heads_rotated, int64_t heads_total, int64_t d, int64_t t,
                         int64_t cp, int64_t cp_rank, double theta, bool inverse) {
  constexpr int64_t kTile = 128;  // pairs
  const int64_t half = d / 2;
  double frequency[kTile];
  float cosine[kTile], sine[kTile];
  for (int64_t x0 = 0; x0 < half; x0 += kTile) {
    const int64_t width = std::min(kTile, half - x0);
    for (int64_t x = 0; x < width; ++x) {
      frequency[x] = std::pow(theta, -2.0 * static_cast<double>(x0 + x) / static_cast<double>(d));
      if (inverse) frequency[x] = -frequency[x];
    }
    for (int64_t first = 0; first < std::min(n, t); ++first) {
      const double position = static_cast<double>(plan::GlobalPosition(first, t, cp, cp_rank));
      for (int64_t x = 0; x < width; ++x) {  // the angle in double: far positions have large ones
        cosine[x] = static_cast<float>(std::cos(position * frequency[x]));
        sine[x] = static_cast<float>(std::sin(position * frequency[x]));
      }
      for (int64_t i = first; i < n; i += t) {
        for (int64_t head = 0; head < heads_rotated; ++head) {
          R* pairs = qkv + (i * heads_total + head) * d + x0;
          TurnPairs(pairs, pairs + half, cosine, sine, width);
        }
      }
    }
  }
}

}  // namespace ringside::kernels
