// Which parameter tensors a rank holds, which part of each, and how they begin.
//
// Tensor parallelism splits as Megatron-LM does (Shoeybi et al. 2019): what a token is multiplied by first
// (q, k, v, the MLP's way in) by output rows, so by heads; what brings it back (proj, the MLP's way out) by
// input columns; the embedding and the output by vocabulary rows (uneven where tp does not divide the
// vocabulary). Everything else is replicated. Expert parallelism gives a rank whole experts, each split like
// an MLP.
//
// GPT-2's initial values (Radford et al. 2019): N(0, init_std), ways back N(0, init_std / sqrt(2 layers)),
// biases 0, gains 1.
#pragma once

#include <vector>

#include "plan/mesh.h"
#include "plan/program.h"

namespace ringside::plan {

// [begin, end) of the vocabulary rows of a tensor-parallel rank.
struct Range {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};
Range VocabularyOf(const Resolved& resolved, int tp_rank);

// A tensor before it is placed. param.weights and param.grad are still empty.
struct ModelTensor {
  Param param;
  enum class Init { kNormal, kZero, kOne } init = Init::kZero;
  double stddev = 0;
  Domain domain = Domain::kDense;
  int unit = 0;        // gathered and released together where weights are sharded
  bool glued = false;  // must lie right behind the one before: one product reads both
};

// Indices into the list of tensors (and so into Program::params); -1: there is none.
struct BlockTensors {
  int ln1_gamma = -1, ln1_beta = -1, ln2_gamma = -1, ln2_beta = -1;
  int qkv_w = -1, kv_w = -1, qkv_b = -1;  // kv_w: where keys and values have fewer heads, glued to qkv_w
  int proj_w = -1, proj_b = -1;
  int fc_w = -1, fc_b = -1, fc_proj_w = -1,
      fc_proj_b = -1;  // with experts: the first of this rank, the others glued
  int router_w = -1;
  int unit = -1;
};
struct StageTensors {
  std::vector<ModelTensor> tensors;  // in the order of the flat buffers
  std::vector<BlockTensors> blocks;  // of this rank's layers, chunk by chunk
  int wte = -1, wpe = -1, lnf_gamma = -1, lnf_beta = -1, lm_head = -1;  // lm_head: the output's own weights
  int embedding_unit = -1, head_unit = -1, wte_unit = -1;
  int num_units = 0;
};

// The layers of a stage's chunk, [first, first + count).
struct LayerRange {
  int first = 0, count = 0;
};
LayerRange LayersOf(const Resolved& resolved, int pp_rank, int chunk);
bool IsFirst(const Resolved& resolved, int pp_rank, int chunk);
bool IsLast(const Resolved& resolved, int pp_rank, int chunk);

// In the order in which the last backward pass finishes their gradients, domain by domain.
StageTensors TensorsOf(const Resolved& resolved, const Coordinates& at);

}  // namespace ringside::plan
