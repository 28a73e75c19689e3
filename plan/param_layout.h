// Which parameters a rank holds, which part of each, and where they lie.
//
// Weights, gradients and optimizer states are flat buffers with the tensors one after the other in the
// order in which the last backward pass finishes their gradients, so that a gradient bucket is one range.
// Tensor parallelism splits as Megatron-LM does (Shoeybi et al. 2019): qkv and fc by output rows (qkv inside
// each of q, k, v, so by heads), proj and fc_proj by input columns, the embedding by vocabulary rows (uneven
// where tp does not divide the vocabulary); everything else is replicated.
#pragma once

#include <vector>

#include "plan/bucket_layout.h"
#include "plan/compile.h"
#include "plan/program_builder.h"

namespace ringside::plan {

// Where a rank stands: rank = (pp * dp_size + dp) * tp_size + tp.
struct Coordinates {
  int pp, dp, tp;
};
Coordinates CoordinatesOf(const Resolved& resolved, int rank);
int RankAt(const Resolved& resolved, const Coordinates& at);

// [begin, end) of the vocabulary rows of a tensor-parallel rank.
struct Range {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};
Range VocabularyOf(const Resolved& resolved, int tp_rank);

// Indices into Program::params; -1 where the stage does not hold it.
struct BlockParams {
  int ln1_gamma, ln1_beta, qkv_w, qkv_b, proj_w, proj_b, ln2_gamma, ln2_beta, fc_w, fc_b, fc_proj_w,
      fc_proj_b;
};
struct StageParams {
  int wte = -1, wpe = -1, lnf_gamma = -1, lnf_beta = -1;
  int32_t adam_m = -1, adam_v = -1;  // buffers of the moments; -1: plain SGD
  int first_layer = 0;
  std::vector<BlockParams> blocks;  // of layers first_layer ..
  std::vector<Bucket> buckets;
};

// Adds the flat buffers, the params and the ops that initialise them (gradients need none: the first
// micro-batch of a step assigns them). GPT-2's initial values (Radford et al.
// 2019): N(0, 0.02), residual projections N(0, 0.02 / sqrt(2 layers)), biases 0, gains 1.
StageParams AddParameters(const Resolved& resolved, const Coordinates& at, ProgramBuilder* builder);

// The optimizer step of what the rank owns, in that order; where that is a part only, each bucket's new
// weights are then gathered from the replicas, while the next bucket is computed.
void EmitOptimizer(const Resolved& resolved, const Coordinates& at, const StageParams& stage,
                   ProgramBuilder* builder);

// The group of the replicas of a rank's part of the model.
int AddReplicaGroup(const Resolved& resolved, const Coordinates& at, ProgramBuilder* builder);

}  // namespace ringside::plan
