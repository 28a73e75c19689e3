// Products of the experts. Most rows of a dispatched buffer are often empty (a dropless expert has a place
// for every token), so only runs of rows that hold something are multiplied.
#pragma once

#include <algorithm>

#include "workers/kernels/cpu/cpu_kernels.h"

namespace ringside::kernels {

struct RowRun {
  int64_t begin, end;
};

template <class R>
bool IsZeroRow(const R* row, int64_t n) {
  int64_t j = 0;
  while (j < n && static_cast<float>(row[j]) == 0.0f) ++j;
  return j == n;
}

// The first run at or after `from` of rows of x [m, n] that are not all zero; gaps of less than kGap rows
// belong to it, since a product in two pieces costs more than the few zeros. Runs are a multiple of kGap rows
// as far as m allows, so that there are few different shapes. begin == m: there is none.
template <class R>
RowRun NextRun(const R* x, int64_t m, int64_t n, int64_t from) {
  constexpr int64_t kGap = 32;
  RowRun run = {from, from};
  while (run.begin < m && IsZeroRow(x + run.begin * n, n)) ++run.begin;
  run.end = run.begin;
  for (int64_t i = run.begin; i < std::min(m, run.end + kGap); ++i) {
    if (!IsZeroRow(x + i * n, n)) run.end = i + 1;
  }
  run.end = std::min(m, run.begin + (run.end - run.begin + kGap - 1) / kGap * kGap);
  return run;
}

template <class R>
void CpuKernels<R>::ExpertGemm(const R* a, const R* w, R* c, int64_t g, int64_t e, int64_t m, int64_t n,
                               int64_t k, bool trans_b) {
  for (int64_t block = 0; block < g; ++block) {
    const R* a_block = a + block * m * k;
    R* c_block = c + block * m * n;
    const GemmInput<R> weights = {w + block % e * n * k, trans_b ? k : n, trans_b};
    for (int64_t done = 0; done < m;) {
      const RowRun run = NextRun(a_block, m, k, done);
      std::fill_n(c_block + done * n, (run.begin - done) * n, R{0});
      if (run.begin < run.end) {
        gemm_->Multiply({a_block + run.begin * k, k, false}, weights, c_block + run.begin * n, n,
                        run.end - run.begin, n, k, false);
      }
      done = run.end;
    }
  }
}

template <class R>
void CpuKernels<R>::ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m,
                                     int64_t n, int64_t k, bool accumulate) {
  for (int64_t expert = 0; expert < e; ++expert) {
    R* dw_expert = dw + expert * n * k;
    bool add = accumulate;
    for (int64_t block = expert; block < g; block += e) {
      const R* dy_block = dy + block * m * n;
      for (int64_t done = 0; done < m;) {
        const RowRun run = NextRun(dy_block, m, n, done);
        if (run.begin < run.end) {
          gemm_->Multiply({dy_block + run.begin * n, n, true}, {x + (block * m + run.begin) * k, k, false},
                          dw_expert, k, n, k, run.end - run.begin, add);
          add = true;
        }
        done = run.end;
      }
    }
    if (!add) std::fill_n(dw_expert, n * k, R{0});
  }
}

}  // namespace ringside::kernels
