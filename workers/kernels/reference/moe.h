// Reference mixture of experts: top-k routing with capacity and the load-balance loss of the Switch
// Transformer (Fedus, Zoph and Shazeer 2022, section 2.2), counted sequence by sequence.
#pragma once

#include <algorithm>
#include <cstdint>

#include "workers/kernels/reference/gemm.h"
#include "workers/kernels/route_token.h"

namespace ringside::kernels::reference {

// As Kernels::Router. load first holds counts.
template <class R, class S>
void Router(const R* logits, S* probs, int32_t* slot, int32_t* choice, S* weight, S* load, int64_t n,
            int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) {
  const int64_t sequences = n / t;
  std::fill_n(load, sequences * e, S{0});
  for (int64_t i = 0; i < n; ++i) {
    const auto logit = [row = logits + i * e](int64_t x) { return static_cast<double>(row[x]); };
    RouteToken(logit, probs + i * e, choice + i * k, weight + i * k, e, k);
    const int64_t b = i / t;
    for (int64_t c = 0; c < k; ++c) {
      const int32_t expert = choice[i * k + c];
      const int64_t place = (expert * sequences + b) * capacity,
                    before = static_cast<int64_t>(load[b * e + expert]);
      slot[i * k + c] = before < capacity ? static_cast<int32_t>(place + before) : -1;
      load[b * e + expert] += 1;
    }
  }
  for (int64_t x = 0; x < sequences * e; ++x) {
    load[x] = static_cast<S>(load[x] / static_cast<double>(k * t * cp));
  }
}

// scale * E * sum over sequences and experts of load * mean over the sequence of probs.
template <class S>
void AuxLoss(const S* probs, const S* load, S* loss, int64_t n, int64_t e, int64_t t, int64_t cp,
             double scale) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t x = 0; x < e; ++x) sum += static_cast<double>(load[i / t * e + x]) * probs[i * e + x];
  }
  loss[0] = static_cast<S>(loss[0] + scale * static_cast<double>(e) * sum / static_cast<double>(t * cp));
}

// As Kernels::RouterBackward.
template <class R, class S>
void RouterBackward(const S* probs, const int32_t* choice, const S* dweight, const S* load, R* dlogits,
                    int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp, double aux_scale,
                    double grad_scale) {
  const double aux = grad_scale * aux_scale * static_cast<double>(e) / static_cast<double>(t * cp);
  for (int64_t i = 0; i < n; ++i) {
    RouteTokenBackward(probs + i * e, choice + i * k, dweight + i * k, load + i / t * e, e, k, aux,
                       [to = dlogits + i * e](int64_t x, double d) { to[x] = static_cast<R>(d); });
  }
}

template <class R>
void Dispatch(const R* x, const int32_t* slot, R* out, int64_t n, int64_t k, int64_t c, int64_t rows) {
  std::fill_n(out, rows * c, R{0});
  for (int64_t i = 0; i < n * k; ++i) {
    if (slot[i] >= 0) std::copy_n(x + i / k * c, c, out + slot[i] * c);
  }
}

template <class R, class S>
void Combine(const R* y, const int32_t* slot, const S* weight, R* out, int64_t n, int64_t k, int64_t c) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < c; ++j) {
      double sum = 0;
      for (int64_t x = i * k; x < (i + 1) * k; ++x) {
        if (slot[x] >= 0) sum += static_cast<double>(weight[x]) * y[slot[x] * c + j];
      }
      out[i * c + j] = static_cast<R>(sum);
    }
  }
}

template <class R, class S>
void CombineBackward(const R* dout, const R* y, const int32_t* slot, const S* weight, R* dy, S* dweight,
                     int64_t n, int64_t k, int64_t c, int64_t rows) {
  std::fill_n(dy, rows * c, R{0});
  for (int64_t x = 0; x < n * k; ++x) {
    const R* dout_i = dout + x / k * c;
    dweight[x] = slot[x] < 0 ? S{0} : static_cast<S>(Dot(dout_i, 1, y + slot[x] * c, c));
    if (slot[x] < 0) continue;
    for (int64_t j = 0; j < c; ++j) {
      dy[slot[x] * c + j] = static_cast<R>(static_cast<double>(weight[x]) * dout_i[j]);
    }
  }
}

template <class R>
void DispatchBackward(const R* dxe, const int32_t* slot, R* dx, int64_t n, int64_t k, int64_t c) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < c; ++j) {
      double sum = 0;
      for (int64_t x = i * k; x < (i + 1) * k; ++x) {
        if (slot[x] >= 0) sum += dxe[slot[x] * c + j];
      }
      dx[i * c + j] = static_cast<R>(sum);
    }
  }
}

// As Kernels::ExpertWeightGrad.
template <class R>
void ExpertWeightGrad(const R* dy, const R* x, R* dw, int64_t g, int64_t e, int64_t m, int64_t n, int64_t k,
                      bool accumulate) {
  for (int64_t expert = 0; expert < e; ++expert) {
    for (int64_t at = 0; at < n * k; ++at) {
      R& out = dw[expert * n * k + at];
      double sum = accumulate ? static_cast<double>(out) : 0.0;
      for (int64_t block = expert; block < g; block += e) {
        const R* dy_column = dy + block * m * n + at / k;
        const R* x_column = x + block * m * k + at % k;
        for (int64_t i = 0; i < m; ++i) sum += static_cast<double>(dy_column[i * n]) * x_column[i * k];
      }
      out = static_cast<R>(sum);
    }
  }
}

}  // namespace ringside::kernels::reference
