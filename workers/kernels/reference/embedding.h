// Reference token and position embedding, forward and backward.
#pragma once

#include <algorithm>
#include <cstdint>

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

template <class R>
void EmbeddingBackward(const int32_t* tokens, const R* dout, R* dtable, int64_t n, int64_t c, int64_t v_begin,
                       int64_t v_count) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = tokens[i] - v_begin;
    if (row < 0 || row >= v_count) continue;
    for (int64_t j = 0; j < c; ++j) dtable[row * c + j] += dout[i * c + j];
  }
}

template <class R>
void AddPosition(R* x, const R* table, int64_t n, int64_t c, int64_t t) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < c; ++j) x[i * c + j] += table[(i % t) * c + j];
  }
}

template <class R>
void PositionBackward(const R* dout, R* dtable, int64_t n, int64_t c, int64_t t, bool accumulate) {
  for (int64_t position = 0; position < t; ++position) {
    for (int64_t j = 0; j < c; ++j) {
      double sum = accumulate ? dtable[position * c + j] : 0.0;
      for (int64_t i = position; i < n; i += t) sum += dout[i * c + j];
      dtable[position * c + j] = static_cast<R>(sum);
    }
  }
}

}  // namespace ringside::kernels::reference
