// Dropout (Srivastava et al. 2014), inverted: what is kept is divided by 1 - p. Whether an element is kept is
// a function of (seed, site, global row, column) alone; every implementation calls this, so that they are
// equal to the bit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "plan/sequence_slice.h"
#include "workers/kernels/kernels.h"
#include "workers/kernels/random.h"

namespace ringside::kernels {

// Philox for a group of consecutive indices at once, in loops that the compiler vectorises.
inline constexpr int kDropoutLanes = 16;

// words [4][kDropoutLanes]: words[w][i] is word w of RandomWords(seed, kDropout, site, first + i).
inline void DropoutWords(uint64_t seed, uint32_t site, uint64_t first, uint32_t (*words)[kDropoutLanes]) {
  uint32_t x0[kDropoutLanes], x1[kDropoutLanes], x2[kDropoutLanes], x3[kDropoutLanes];
  for (int i = 0; i < kDropoutLanes; ++i) {
    const uint64_t index = first + static_cast<uint64_t>(i);
    x0[i] = static_cast<uint32_t>(index), x1[i] = static_cast<uint32_t>(index >> 32);
    x2[i] = site, x3[i] = static_cast<uint32_t>(RandomStream::kDropout);
  }
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
#pragma omp simd
    for (int i = 0; i < kDropoutLanes; ++i) {
      const uint64_t a = uint64_t{0xD2511F53} * x0[i];
      const uint64_t b = uint64_t{0xCD9E8D57} * x2[i];
      x0[i] = static_cast<uint32_t>(b >> 32) ^ x1[i] ^ key0;
      x1[i] = static_cast<uint32_t>(b);
      x2[i] = static_cast<uint32_t>(a >> 32) ^ x3[i] ^ key1;
      x3[i] = static_cast<uint32_t>(a);
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  std::copy_n(x0, kDropoutLanes, words[0]);
  std::copy_n(x1, kDropoutLanes, words[1]);
  std::copy_n(x2, kDropoutLanes, words[2]);
  std::copy_n(x3, kDropoutLanes, words[3]);
}

// As Kernels::Dropout. Four columns to a draw: group q of row r has index r * ceil(C / 4) + q.
template <class R>
void DropElements(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice, int64_t row_begin,
                  int64_t site, double p, uint64_t seed) {
  using S = typename StatOf<R>::Type;
  const int64_t groups = (c + 3) / 4;
  const uint32_t threshold = static_cast<uint32_t>(p * 0x1p32);  // a word below it drops its element
  const S scale = static_cast<S>(1.0 / (1.0 - p));
  uint32_t words[4][kDropoutLanes];
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = row_begin + i, sample = slice.first_sample + row / slice.seq_len;
    const int64_t position =
        plan::GlobalPosition(row % slice.seq_len, slice.seq_len, slice.cp, slice.cp_rank);
    const uint64_t global_row =
        static_cast<uint64_t>(sample) * static_cast<uint64_t>(slice.seq_len * slice.cp) +
        static_cast<uint64_t>(position);
    R* x_i = x + i * c;
    for (int64_t q = 0; q < groups; q += kDropoutLanes) {
      const uint64_t first = global_row * static_cast<uint64_t>(groups) + static_cast<uint64_t>(q);
      DropoutWords(seed, static_cast<uint32_t>(site), first, words);
      const int64_t end = std::min(c, 4 * (q + kDropoutLanes));
      for (int64_t j = 4 * q; j < end; ++j) {
        const S value = static_cast<S>(x_i[j]) + (bias != nullptr ? static_cast<S>(bias[j]) : S{0});
        const bool keep = words[j % 4][j / 4 - q] >= threshold;
        x_i[j] = static_cast<R>(keep ? value * scale : S{0});
      }
    }
  }
}

}  // namespace ringside::kernels
