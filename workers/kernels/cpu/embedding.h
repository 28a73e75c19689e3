#pragma once

#include <algorithm>
#include <type_traits>

#include "plan/sequence_slice.h"
#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/cpu_kernels.h"
#include "workers/kernels/cpu/reductions.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c,
                              int64_t v_begin, int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row >= 0 && row < v_count) {
      std::copy_n(table + row * c, c, out + i * c);
    } else {
      std::fill_n(out + i * c, c, R{0});
    }
  }
}

template <class R>
void CpuKernels<R>::EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c,
                                      int64_t v_begin, int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row < 0 || row >= v_count) continue;
    if constexpr (std::is_same_v<R, float>) {
      AddRow(dtable + row * c, dout + i * c, c);
    } else {
      // All rows of a token at once, summed in float: in a narrow type the sum of many would stand still.
      if (std::find(tokens, tokens + i, tokens[i]) != tokens + i) continue;
      ForColumnTiles(c, [&](int64_t first, int64_t width) {
        float sums[kColumnTile];
        R* into = dtable + row * c + first;
        ConvertRow(into, sums, width);
        for (int64_t other = i; other < n; ++other) {
          if (tokens[other] == tokens[i]) AddWide(sums, dout + other * c + first, width);
        }
        ConvertRow(sums, into, width);
      });
    }
  }
}

template <class R>
void CpuKernels<R>::AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t, int64_t cp,
                                int64_t cp_rank, int64_t row_begin) {
  for (int64_t i = 0; i < n; ++i) {
    AddRow(x + i * c, table + plan::GlobalPosition((row_begin + i) % t, t, cp, cp_rank) * c, c);
  }
}

template <class R>
void CpuKernels<R>::PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, int64_t cp,
                                     int64_t cp_rank, int64_t row_begin, bool accumulate) {
  // Positions that no row here has get no gradient.
  if (!accumulate && (cp > 1 || n < t)) std::fill_n(dtable, t * cp * c, R{0});
  for (int64_t row = 0; row < std::min(n, t); ++row) {
    const int64_t position = plan::GlobalPosition((row_begin + row) % t, t, cp, cp_rank);
    ForColumnTiles(c, [&](int64_t first, int64_t width) {
      float sums[kColumnTile];
      R* into = dtable + position * c + first;
      accumulate ? ConvertRow(into, sums, width) : static_cast<void>(std::fill_n(sums, width, 0.0f));
      for (int64_t i = row; i < n; i += t) AddWide(sums, dout + i * c + first, width);
      ConvertRow(sums, into, width);
    });
  }
}

}  // namespace ringside::kernels
