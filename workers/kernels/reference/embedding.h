// Reference token and position embedding, forward and backward.
#pragma once

#include <algorithm>
#include <cstdint>

#include "plan/sequence_slice.h"

namespace ringside::kernels::reference {

template <class R>
void Embedding(const int32_t* tokens, const R* table, R* out, int64_t n, int64_t c, int64_t v_begin,
               int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row >= 0 && row < v_count) {
      std::copy_n(table + row * c, c, out + i * c);
    } else {
      std::fill_n(out + i * c, c, R{0});
    }
  }
}

// In narrow R a row that many tokens share would lose its sum in roundings: column by column, in double.
template <class R>
void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c, int64_t v_begin,
                       int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row < 0 || row >= v_count || std::find(tokens, tokens + i, tokens[i]) != tokens + i) continue;
    for (int64_t j = 0; j < c; ++j) {
      double sum = dtable[row * c + j];
      for (int64_t other = i; other < n; ++other) {
        if (tokens[other] == tokens[i]) sum += dout[other * c + j];
      }
      dtable[row * c + j] = static_cast<R>(sum);
    }
  }
}

// The row of the table for a row of the micro-batch.
struct PositionSlice {
  int64_t t, cp, cp_rank, row_begin;
  int64_t At(int64_t n) const { return plan::GlobalPosition((row_begin + n) % t, t, cp, cp_rank); }
};

template <class R>
void AddPosition(R* x, const R* table, int64_t n, int64_t c, const PositionSlice& slice) {
  for (int64_t i = 0; i < n; ++i) {
    const R* from = table + slice.At(i) * c;
    for (int64_t j = 0; j < c; ++j) x[i * c + j] = static_cast<R>(x[i * c + j] + from[j]);
  }
}

template <class R>
void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, const PositionSlice& slice,
                      bool accumulate) {
  if (!accumulate) std::fill_n(dtable, slice.t * slice.cp * c, R{0});
  for (int64_t first = 0; first < std::min(n, slice.t); ++first) {  // the first row at each position
    R* into = dtable + slice.At(first) * c;
    for (int64_t j = 0; j < c; ++j) {
      double sum = into[j];
      for (int64_t i = first; i < n; i += slice.t) sum += dout[i * c + j];
      into[j] = static_cast<R>(sum);
    }
  }
}

}  // namespace ringside::kernels::reference
