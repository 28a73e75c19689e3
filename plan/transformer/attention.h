// The attention half of a block: mid = x + dropout(proj(attention(qkv(norm(x))))).
//
// Tensor parallelism (Megatron-LM): heads are split; one reduction forward after proj, one backward of the
// gradient into the norm, issued before the weight gradient that runs beside it. Context parallelism: ring
// attention (Liu et al. 2023): keys and values of every rank go once around the ring, each hop beside the
// computation with what the one before brought; in the backward pass their gradients follow them home.
//
// Legend: H, G heads of queries, of keys and values, of this rank; D their width.
#pragma once

#include "plan/transformer/context.h"

namespace ringside::plan {

class Attention {
 public:
  struct State {
    View x;  // own rows
    Context::Norm norm;
    View normed;  // all rows; may be released between forward and backward: buffer -1
    View qkv, out, lse;
    View mid;
  };

  Attention(Context* context, const BlockTensors& tensors, int layer);

  // Everything from x on; also the recomputation of it.
  void Forward(const View& x, State* state);
  // What selective recomputation computes again: the norm.
  void Recompute(State* state);
  // d: the gradient of mid; becomes that of x. `before_last`: the last op that adds to d also waits for this.
  void Backward(const View& d, const State& state, int32_t before_last);

 private:
  void Attend(State* state);
  void AttendBackward(const View& dout, const State& state, const View& dqkv);
  View Rotated(const View& buf, const char* name);

  Context& c_;
  const BlockTensors& t_;
  const int site_;
  const int64_t heads_, kv_heads_, head_dim_, qkv_width_, out_width_, kv_width_;
};

}  // namespace ringside::plan
