// Launchers of the mixture of experts; as the methods of kernels.h that they are named after. Places with an
// expert are counted in the order of tokens, as on the CPU, so that routing is the same to the token.
#pragma once

#include "workers/kernels/cuda/launch.h"

namespace ringside::kernels::cuda {

template <class E>
struct Moe {
  using S = Stat<E>;
  static void Router(const Launch& l, const E* logits, S* probs, int32_t* slot, int32_t* choice, S* weight,
                     S* load, int64_t n, int64_t e, int64_t k, int64_t t, int64_t capacity, int64_t cp);
  static void AuxLoss(const Launch& l, const S* probs, const S* load, S* loss, int64_t n, int64_t e,
                      int64_t t, int64_t cp, double scale);
  // `control` may be null.
  static void RouterBackward(const Launch& l, const S* probs, const int32_t* choice, const S* dweight,
                             const S* load, E* dlogits, int64_t n, int64_t e, int64_t k, int64_t t,
                             int64_t cp, double aux_scale, double grad_scale, const S* control);
  static void Dispatch(const Launch& l, const E* x, const int32_t* slot, E* out, int64_t n, int64_t k,
                       int64_t c, int64_t rows);
  static void Combine(const Launch& l, const E* y, const int32_t* slot, const S* weight, E* out, int64_t n,
                      int64_t k, int64_t c);
  static void CombineBackward(const Launch& l, const E* dout, const E* y, const int32_t* slot,
                              const S* weight, E* dy, S* dweight, int64_t n, int64_t k, int64_t c,
                              int64_t rows);
  static void DispatchBackward(const Launch& l, const E* dxe, const int32_t* slot, E* dx, int64_t n,
                               int64_t k, int64_t c);
};

}  // namespace ringside::kernels::cuda
