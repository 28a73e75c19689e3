// Flash-style attention (Dao et al. 2022): scores live in registers only. Causal, grouped key/value heads,
// and a rank's queries against another rank's keys (plan/sequence_slice.h). Plain multiply-adds in S, no
// tensor cores: every type is computed alike.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

inline constexpr int64_t kMaxHeadWidth = 128;

struct AttentionShape {
  int64_t batch, t, h, g, d;  // d <= kMaxHeadWidth
  int64_t cp = 1, q_rank = 0, kv_rank = 0;
  // Elements from one position to the next, of keys and values.
  int64_t kv_row = 0;
};

template <class E>
struct Attention {
  using S = Stat<E>;
  // q: the first head's query in qkv [N, H + 2 G, D]. k: the first key; values are G * D behind. out [N, H,
  // D] and lse [B, H, T] are assigned, or with accumulate merged with those of other keys.
  static void Forward(const Launch& l, const E* q, const E* k, E* out, S* lse, const AttentionShape& shape,
                      bool accumulate);
  // dq, dk: laid out as q and k; the query part is assigned or added to, keys and values are assigned.
  static void Backward(const Launch& l, const E* dout, const E* q, const E* k, const E* out, const S* lse,
                       E* dq, E* dk, const AttentionShape& shape, bool accumulate);
};

}  // namespace ringside::kernels::cuda
