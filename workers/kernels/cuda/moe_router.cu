#include "workers/kernels/cuda/device.cuh"
#include "workers/kernels/cuda/moe.h"
#include "workers/kernels/route_token.h"

namespace ringside::kernels::cuda {
namespace {

template <class E>
struct Logits {
  const E* row;
  __device__ double operator()(int64_t x) const { return Load(row[x]); }
};

template <class E>
struct LogitGradients {
  E* row;
  __device__ void operator()(int64_t x, double d) const { row[x] = Round<E>(static_cast<Stat<E>>(d)); }
};

}  // namespace

// A thread to a token: experts are few.
template <class E>
void Moe<E>::Router(const Launch& l, const E* logits, S* probs, int32_t* slot, int32_t* choice, S* weight,
                    S* load, int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const Logits<E> row{logits + i * e};
    RouteToken(row, probs + i * e, choice + i * k, weight + i * k, e, k);
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

template <class E>
void Moe<E>::RouterBackward(const Launch& l, const S* probs, const int32_t* choice, const S* dweight,
                            const S* load, E* dlogits, int64_t n, int64_t e, int64_t k, int64_t t, int64_t cp,
                            double aux_scale, double grad_scale, const S* control) {
  ForEach(l, n, [=] __device__(int64_t i) {
    const double factor = control != nullptr ? static_cast<double>(control[0]) : grad_scale;
    const double aux = factor * aux_scale * static_cast<double>(e) / static_cast<double>(t * cp);
    const LogitGradients<E> write{dlogits + i * e};
    RouteTokenBackward(probs + i * e, choice + i * k, dweight + i * k, load + i / t * e, e, k, aux, write);
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
