#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/moe.h"

namespace ringside::kernels::cuda {

// A thread to a token: experts are few. In double, as the reference has it: a token's experts must not depend
// on how its softmax was rounded.
template <class E>
void Moe<E>::Router(const Launch& l, const E* logits, S* probs, int32_t* slot, int32_t* choice, S* weight,
                    S* load, int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const E* row = logits + i * e;
    S* p = probs + i * e;
    double max = Load(row[0]), sum = 0, chosen = 0;
    for (int64_t x = 1; x < e; ++x) max = fmax(max, static_cast<double>(Load(row[x])));
    for (int64_t x = 0; x < e; ++x) sum += exp(Load(row[x]) - max);
    for (int64_t x = 0; x < e; ++x) p[x] = static_cast<S>(exp(Load(row[x]) - max) / sum);
    for (int64_t pick = 0; pick < k; ++pick) {
      int32_t best = -1;
      for (int32_t x = 0; x < e; ++x) {
        bool taken = false;
        for (int64_t before = 0; before < pick; ++before) taken |= choice[i * k + before] == x;
        if (!taken && (best < 0 || p[x] > p[best])) best = x;
      }
      choice[i * k + pick] = best;
      chosen += p[best];
    }
    for (int64_t pick = 0; pick < k; ++pick) {
      weight[i * k + pick] = static_cast<S>(p[choice[i * k + pick]] / (k > 1 ? chosen : 1.0));
    }
  });
  // A warp to a sequence and an expert, over the sequence's choices in order.
  const int64_t sequences = n / t;
  ForRows(
      l, sequences * e,
      [=] __device__(int64_t at) {
        const int64_t b = at / e, expert = at % e, choices = t * k;
        const int lane = static_cast<int>(threadIdx.x);
        int64_t before = 0;
        for (int64_t first = 0; first < choices; first += 32) {
          const int64_t own = b * choices + first + lane;
          const bool mine = first + lane < choices && choice[own] == expert;
          const unsigned all = __ballot_sync(0xffffffffu, mine);
          const int64_t place = before + __popc(all & ((1u << lane) - 1));
          if (mine) {
            slot[own] =
                place < capacity ? static_cast<int32_t>((expert * sequences + b) * capacity + place) : -1;
          }
          before += __popc(all);
        }
        if (lane == 0) {
          load[b * e + expert] =
              static_cast<S>(static_cast<double>(before) / static_cast<double>(choices * cp));
        }
      },
      32);
}

template <class E>
void Moe<E>::AuxLoss(const Launch& l, const S* probs, const S* load, S* loss, int64_t n, int64_t e, int64_t t,
                     int64_t cp, double scale) {
  ForRows(l, 1, [=] __device__(int64_t) {
    double sum = 0;
    for (int64_t at = threadIdx.x; at < n * e; at += blockDim.x) {
      sum += static_cast<double>(load[at / e / t * e + at % e]) * probs[at];
    }
    sum = BlockSum(sum);
    if (threadIdx.x == 0) {
      loss[0] = static_cast<S>(loss[0] + scale * static_cast<double>(e) * sum / static_cast<double>(t * cp));
    }
  });
}

// As reference/moe.h.
template <class E>
void Moe<E>::RouterBackward(const Launch& l, const S* probs, const int32_t* choice, const S* dweight,
                            const S* load, E* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                            double aux_scale, double grad_scale, const S* control) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const double factor = control != nullptr ? static_cast<double>(control[0]) : grad_scale;
    const double aux = factor * aux_scale * static_cast<double>(e) / static_cast<double>(t * cp);
    const S* p = probs + i * e;
    const int32_t* chosen = choice + i * k;
    const S* dw = dweight + i * k;
    double s = 0, dot = 0;
    for (int64_t c = 0; c < k; ++c) {
      s += p[chosen[c]];
      dot += static_cast<double>(dw[c]) * p[chosen[c]];
    }
    const auto d_prob = [&](int64_t x) {
      double d = aux * load[i / t * e + x];
      for (int64_t c = 0; c < k; ++c) {
        if (chosen[c] == x) d += k > 1 ? (dw[c] - dot / s) / s : static_cast<double>(dw[c]);
      }
      return d;
    };
    double mean = 0;
    for (int64_t x = 0; x < e; ++x) mean += p[x] * d_prob(x);
    for (int64_t x = 0; x < e; ++x) {
      dlogits[i * e + x] = Round<E>(static_cast<S>(p[x] * (d_prob(x) - mean)));
    }
  });
}

// The other members stand in moe_rows.cu.
#define RINGSIDE_MOE_ROUTER(E)                                                                             \
  template void Moe<E>::Router(const Launch&, const E*, S*, int32_t*, int32_t*, S*, S*, int64_t, int64_t,  \
                               int64_t, int64_t, int64_t, int64_t);                                        \
  template void Moe<E>::AuxLoss(const Launch&, const S*, const S*, S*, int64_t, int64_t, int64_t, int64_t, \
                                double);                                                                   \
  template void Moe<E>::RouterBackward(const Launch&, const S*, const int32_t*, const S*, const S*, E*,    \
                                       int64_t, int64_t, int64_t, int64_t, int64_t, double, double,        \
                                       const S*)
RINGSIDE_MOE_ROUTER(float);
RINGSIDE_MOE_ROUTER(double);
RINGSIDE_MOE_ROUTER(__nv_bfloat16);
RINGSIDE_MOE_ROUTER(__half);
#undef RINGSIDE_MOE_ROUTER

}  // namespace ringside::kernels::cuda
