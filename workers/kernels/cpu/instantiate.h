// The definitions of CpuKernels<R>, for the files that instantiate it.
#pragma once

#include "workers/kernels/cpu/activation.h"
#include "workers/kernels/cpu/attention.h"
#include "workers/kernels/cpu/basics.h"
#include "workers/kernels/cpu/batch_norm.h"
#include "workers/kernels/cpu/conv.h"
#include "workers/kernels/cpu/cross_entropy.h"
#include "workers/kernels/cpu/embedding.h"
#include "workers/kernels/cpu/expert_gemm.h"
#include "workers/kernels/cpu/layer_norm.h"
#include "workers/kernels/cpu/linear.h"
#include "workers/kernels/cpu/moe.h"
#include "workers/kernels/cpu/optimizer.h"
#include "workers/kernels/cpu/rms_norm.h"
#include "workers/kernels/cpu/rope.h"
#include "workers/kernels/dropout.h"

namespace ringside::kernels {

template <class R>
void CpuKernels<R>::Dropout(R* x, const R* bias, int64_t n, int64_t c, const BatchSlice& slice,
                            int64_t row_begin, int64_t site, double p, uint64_t seed) {
  DropElements(x, bias, n, c, slice, row_begin, site, p, seed);
}

}  // namespace ringside::kernels
