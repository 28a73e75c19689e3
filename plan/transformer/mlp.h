// The other half of a block: out = mid + dropout(ffn(norm(mid))). The feed-forward part is one MLP, or
// experts of which a router picks some for every token (experts.h).
//
// Legend: F = ffn_hidden / tp.
#pragma once

#include "plan/transformer/context.h"

namespace ringside::plan {

// What the way in and the way out of an MLP have between them.
struct MlpActivations {
  View pre;  // [rows, F], or gate and up [rows, 2, F]
  View act;  // [rows, F]
};

class Mlp {
 public:
  struct State {
    View mid;
    Context::Norm norm;
    View normed;  // as Attention::State
    MlpActivations mlp;
  };

  Mlp(Context* context, const BlockTensors& tensors, int layer);

  void Forward(const View& mid, State* state);  // up to the activations
  View Output(const State& state);              // the rest
  void Recompute(State* state);                 // selective: norm and activation
  // d: the gradient of the output; becomes that of mid.
  void Backward(const View& d, const State& state);

 private:
  Context& c_;
  const BlockTensors& t_;
  const int layer_, site_;
  const int64_t f_, in_width_;
};

// act = activation(pre) for `rows` rows of width `f`, into a fresh buffer; and dact in place or into a fresh
// buffer.
View EmitActivation(Context& context, const View& pre, int64_t rows, int64_t f);
View EmitActivationBackward(Context& context, const View& pre, const View& dact, int64_t rows, int64_t f);

}  // namespace ringside::plan
