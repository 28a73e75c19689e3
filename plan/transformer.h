// One pipeline stage of a decoder-only transformer (GPT-2 style) as ops: what FORWARD m and BACKWARD m mean.
//
// Tensor parallelism (Megatron-LM): qkv and fc are split by output columns, proj and fc_proj by input rows,
// so a block costs two all-reduces forward (after proj and fc_proj) and two backward (gradients into the two
// layer norms), each issued before the weight-gradient GEMM that runs beside it. Embedding and loss are
// split by vocabulary: one all-reduce of the embedding, two small ones for the softmax, one for the
// gradient into the final norm.
//
// Recomputation (Chen et al. 2016; Korthikanti et al. 2022): the backward block first executes again, into
// fresh buffers, what the forward one did not keep. That nothing is kept follows from the lifetimes: what is
// used in the forward pass alone is released there.
//
// Legend: N = micro_batch * seq_len tokens, C = hidden, F = ffn_hidden / tp, H = heads / tp, V = vocabulary
// rows here.
#pragma once

#include <vector>

#include "plan/compile.h"
#include "plan/grad_buckets.h"
#include "plan/param_layout.h"
#include "plan/program_builder.h"

namespace ringside::plan {

class TransformerStage {
 public:
  TransformerStage(const Resolved& resolved, const Coordinates& at, const StageParams& params,
                   ProgramBuilder* builder);

  // Ops at the begin of a step.
  void BeginStep();

  // Activations from the previous stage / gradient from the next, into fresh buffers.
  void RecvForward(int m);
  void RecvBackward(int m);

  void Forward(int m);
  // `last`: no later backward adds to the gradients; they are reported to `buckets` as they become final.
  void Backward(int m, bool last, GradBuckets* buckets);

  void SendForward(int m);
  void SendBackward(int m);

  // Sums the loss over data-parallel replicas, so that every rank of the last stage holds the step's loss.
  void ReduceLoss();

 private:
  struct BlockActivations {
    View x, mean1, rstd1, h1, qkv, att, lse, mid, mean2, rstd2, h2, pre, act;
  };
  struct MicroBatch {
    View tokens, targets, x, out, meanf, rstdf, hf, logits, d;
    std::vector<BlockActivations> blocks;
    int32_t send_forward = -1;
  };

  bool first() const { return at_.pp == 0; }
  bool last() const { return at_.pp == r_.pp - 1; }

  // Emission helpers: fill in phase, layer and micro-batch.
  int Emit(OpKind kind, std::initializer_list<View> operands, std::initializer_list<int64_t> dims,
           uint32_t flags = 0, std::initializer_list<double> scalars = {});
  int EmitTpAllReduce(const View& buf, bool max = false);
  void EmitTransfer(OpKind kind, Stream stream, int peer_stage, const View& buf);
  View Temp(const char* name, int64_t elems, Category category = Category::kActivations);

  View Weight(int param) const { return builder_->params()[param].view; }
  // The gradient as an output: `flags` gets kAccumulate unless this is the step's first write to it.
  View Grad(int param, uint32_t* flags);
  void Final(int param);

  View ForwardBlock(int i, const View& x, BlockActivations* act);
  // The forward block up to what the backward one needs; `x` and GELU's output and everything between.
  void ForwardInside(int i, const View& x, BlockActivations* act);
  // Brings back what the plan did not keep.
  void Recompute(int i, BlockActivations* act);
  void Norm(const View& x, int gamma, int beta, View* y, View* mean, View* rstd);
  void BackwardBlock(int i, const View& d, const BlockActivations& act);
  void ForwardHead(MicroBatch* mb);
  void BackwardHead(MicroBatch* mb);
  // c = a W^T, and its two gradients.
  void WeightGrad(int weight, const View& dy, const View& x, int64_t out, int64_t in);
  void BiasGrad(int bias, const View& dy, int64_t width);
  void NormGrad(int gamma, int beta, const View& dy, const View& x, const View& mean, const View& rstd,
                const View& dx);

  const Resolved& r_;
  const Coordinates at_;
  const StageParams& params_;
  ProgramBuilder* builder_;
  GradBuckets* buckets_ = nullptr;  // only during the last backward
  const int64_t n_, c_, f_, heads_, head_dim_;
  const Range vocabulary_;
  int tp_group_ = -1;
  View loss_, scratch_;
  std::vector<MicroBatch> micro_batches_;
  std::vector<bool> grad_written_;  // by param, in this step
  int32_t last_send_backward_ = -1;
  // What the helpers stamp on ops.
  Phase phase_ = Phase::kForward;
  int layer_ = -1;
  int micro_batch_ = -1;
  std::vector<int32_t> extra_deps_;  // of the next op
};

}  // namespace ringside::plan
