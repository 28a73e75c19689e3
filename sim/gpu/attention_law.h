// Time of one attention on a GPU.
//
// Fused (FlashAttention-2 and -3, arXiv:2307.08691, 2407.08608): a block of 128 queries of one head is
// computed by one multiprocessor, which walks over the keys; two products of the scores' size, exponentials
// on their own unit, no score ever in memory. Blocks come in waves; a causal mask halves the keys on average.
// The backward has five products where the forward has two. Not fused: two batched products and several
// sweeps over the scores in memory.
#pragma once

#include "ringside/v1/hardware.pb.h"

namespace ringside::sim::gpu {

struct AttentionShape {
  double batch = 1;     // sequences
  double heads = 1;     // of the queries, on this device
  double kv_heads = 1;  // on this device
  double queries = 1;   // a sequence
  double keys = 1;      // a sequence
  double head_dim = 128;
  double value_dim = 128;
  bool causal = true;  // half of the scores
  double window = 0;   // keys that a query sees at most; 0: all
};

// Seconds in a short burst, in bf16.
double FusedAttentionSeconds(const v1::GpuDevice& device, const AttentionShape& shape);
double FusedAttentionBackwardSeconds(const v1::GpuDevice& device, const AttentionShape& shape);

// `passes`: sweeps over the scores of 2 bytes (scale, mask, softmax, dropout: 3 fused, 9 in separate
// kernels).
double UnfusedAttentionSeconds(const v1::GpuDevice& device, const AttentionShape& shape, double passes);
double UnfusedAttentionBackwardSeconds(const v1::GpuDevice& device, const AttentionShape& shape,
                                       double passes);

}  // namespace ringside::sim::gpu
