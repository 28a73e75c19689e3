// What a prediction is asked for: a model's shape, a plan, and the hardware and software that it runs on.
// Plain numbers, so that a search can change one and ask again.
#pragma once

#include "ringside/v1/hardware.pb.h"
#include "sim/gpu/collective_law.h"

namespace ringside::sim::analytic {

// Latent attention (DeepSeek-V2, arXiv:2405.04434); all 0: none.
struct LatentAttention {
  double q_rank = 0, kv_rank = 0, nope_dim = 0, rope_dim = 0, value_dim = 0;
  bool on() const { return kv_rank > 0; }
};

struct ModelShape {
  int layers = 0;
  double hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0, vocab = 0;
  bool gated = true;             // three matrices in an MLP (SwiGLU), else two
  bool tied = false;             // embedding and output share their weights
  double learned_positions = 0;  // rows of a table of positions
  double window = 0;             // keys that every second layer sees; 0: all
  LatentAttention latent;
  // experts; 0: none
  double experts = 0, experts_per_token = 0, expert_ffn = 0, shared_ffn = 0;
  int dense_layers = 0;       // first layers that have one MLP of `ffn` instead
  int extra_predictions = 0;  // layers with a head of their own (multi-token prediction)
};

enum class Recompute { kNone, kAttention, kElementwise, kEveryOtherProduct, kFull };
enum class Recipe { kFp32, kFp16, kBf16, kFp8, kFp4 };  // of the large products

struct Plan {
  int tp = 1, pp = 1, chunks = 1, cp = 1, ep = 1, dp = 1, zero = 0;
  bool sequence_parallel = false;
  double seq_len = 0, micro_batch = 1, global_batch = 1;  // sequences
  Recompute recompute = Recompute::kNone;
  Recipe recipe = Recipe::kBf16;
  bool fused_attention = true;
  bool compiled = false;
  double graphed_share = 0;     // of the host's work that CUDA graphs take over
  bool fine_scales = false;     // fp8 with a scale per row or block (MXFP8), not per tensor
  bool overlap_on = false;      // of every kind of communication, as far as the stack can
  bool expert_overlap = false;  // all-to-all beside other layers' work
  bool fp8_gather = false;      // sharded weights travel in 1 byte
  bool zero_bubble = false;
  bool offload_activations = false;
  bool bf16_reduce = false;  // gradients travel in 2 bytes whatever the stack does otherwise
  bool sizes_on_host =
      false;  // the host waits for the sizes of the experts' batches (dropless, without hybrid-ep)
  bool fused_experts = false;  // element-wise work of experts is part of their products
  double release_years = 0;    // of the stack's libraries, after the start of 2026; 0: not known
  int shard_group = 0;         // replicas that ZeRO shards over; 0: all
  double micro_batches() const {
    const double n = global_batch / (dp * micro_batch);
    return n < 1 ? 1 : n;
  }
};

struct Problem {
  const v1::GpuDevice* device = nullptr;
  const v1::SoftwareStack* stack = nullptr;
  gpu::Fabric fabric;
  ModelShape model;
  Plan plan;
};

// Parameters of the whole model, and those of one layer (`expert`: of one with experts) that a token can
// reach.
double LayerParameters(const ModelShape& model, bool expert);
double ModelParameters(const ModelShape& model);

}  // namespace ringside::sim::analytic
