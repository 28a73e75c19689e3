// What a router does with one token, the same for every implementation (for a GPU a thread does it): the
// softmax over experts, the most probable of them, and the way back. In double: which experts a token goes to
// must not depend on how its softmax was rounded.
//
// Legend: E experts, K choices a token.
#pragma once

#include <cmath>
#include <cstdint>

#ifdef __CUDACC__
#define RINGSIDE_ON_DEVICE __device__
#else
#define RINGSIDE_ON_DEVICE
#endif

namespace ringside::kernels {

// logit(x), x in [0, E) -> probs [E], choice [K], weight [K]: the K most probable, of equal ones the lower;
// their probabilities, normalised over the K where K > 1.
template <class S, class Logit>
RINGSIDE_ON_DEVICE void RouteToken(const Logit& logit, S* probs, int32_t* choice, S* weight, int64_t e,
                                   int64_t k) {
  double max = logit(0), sum = 0, chosen = 0;
  for (int64_t x = 1; x < e; ++x) max = logit(x) > max ? logit(x) : max;
  for (int64_t x = 0; x < e; ++x) sum += exp(logit(x) - max);
  for (int64_t x = 0; x < e; ++x) probs[x] = static_cast<S>(exp(logit(x) - max) / sum);
  for (int64_t c = 0; c < k; ++c) {
    int32_t best = -1;
    for (int32_t x = 0; x < e; ++x) {
      bool taken = false;
      for (int64_t before = 0; before < c; ++before) taken |= choice[before] == x;
      if (!taken && (best < 0 || probs[x] > probs[best])) best = x;
    }
    choice[c] = best;
    chosen += probs[best];
  }
  for (int64_t c = 0; c < k; ++c) weight[c] = static_cast<S>(probs[choice[c]] / (k > 1 ? chosen : 1.0));
}

// dweight [K] -> write(x, gradient of logit x), x in [0, E). With s the sum of the chosen probabilities,
// weight = p / s, so that d p of a choice = (d weight - sum over the choices of d weight * weight) / s; and
// every p gets aux * load [E] of its sequence from the load-balance loss. Then through the softmax.
template <class S, class Write>
RINGSIDE_ON_DEVICE void RouteTokenBackward(const S* probs, const int32_t* choice, const S* dweight,
                                           const S* load, int64_t e, int64_t k, double aux,
                                           const Write& write) {
  double s = 0, dot = 0;
  for (int64_t c = 0; c < k; ++c) {
    s += probs[choice[c]];
    dot += static_cast<double>(dweight[c]) * probs[choice[c]];
  }
  const auto d_prob = [&](int64_t x) {
    double d = aux * load[x];
    for (int64_t c = 0; c < k; ++c) {
      if (choice[c] == x) d += k > 1 ? (dweight[c] - dot / s) / s : static_cast<double>(dweight[c]);
    }
    return d;
  };
  double mean = 0;
  for (int64_t x = 0; x < e; ++x) mean += probs[x] * d_prob(x);
  for (int64_t x = 0; x < e; ++x) write(x, probs[x] * (d_prob(x) - mean));
}

}  // namespace ringside::kernels
